import { type Informer, KubeConfig, CoreV1Api, type KubernetesObject, makeInformer, type ObjectCache } from "@kubernetes/client-node";
import type { KubeObject } from "@polykind/apimachinery";
import { isPolykindError, messageOf } from "@polykind/core";
import { type Contender, type ContenderOptions, type Said, stampOf } from "./contender.ts";
import { writeKubeconfig } from "./kubeconfig-file.ts";

/** As the example of its authors: what its user is told as an error is answered by starting again after five seconds. */
const RESTART_AFTER_MS = 5_000;

type Made = Informer<KubernetesObject> & ObjectCache<KubernetesObject>;

/** `makeInformer` of client-node, used as its authors show. */
export async function openClientNode({ kubeconfig, namespaces, plurals }: ContenderOptions): Promise<Contender> {
  const config = new KubeConfig();
  config.loadFromFile(await writeKubeconfig(kubeconfig));
  const api = config.makeApiClient(CoreV1Api);
  const contender = new ClientNodeContender();
  for (const plural of plurals) {
    for (const namespace of namespaces) {
      const list = (): ReturnType<CoreV1Api["listNamespacedConfigMap"]> =>
        plural === "secrets" ? api.listNamespacedSecret({ namespace }) : api.listNamespacedConfigMap({ namespace });
      contender.add(plural, makeInformer(config, `/api/v1/namespaces/${namespace}/${plural}`, list));
    }
  }
  return contender;
}

class ClientNodeContender implements Contender {
  readonly name = "client-node";
  readonly said: Said[] = [];
  readonly errors: string[] = [];
  restarts = 0;
  readonly #made: { readonly plural: string; readonly informer: Made; synced: boolean; state: string }[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #isStopped = false;

  add(plural: string, informer: Made): void {
    const one = { plural, informer, synced: false, state: "listing" };
    this.#made.push(one);
    for (const is of ["add", "update", "delete"] as const) {
      informer.on(is, (object) => this.#tell(is, plural, object));
    }
    informer.on("connect", () => (one.state = "connecting"));
    informer.on("error", (error: unknown) => {
      one.state = "stopped by an error";
      this.errors.push(isPolykindError(error) ? error.code : messageOf(error).slice(0, 60));
      if (this.#isStopped) return;
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.restarts += 1;
        void informer.start();
      }, RESTART_AFTER_MS);
      this.#timers.add(timer);
    });
    void informer.start().then(() => (one.synced = one.state !== "stopped by an error"));
  }

  #tell(is: Said["is"], plural: string, { metadata = {} }: KubernetesObject): void {
    const { name: key = "", uid = "", resourceVersion: version = "" } = metadata;
    this.said.push({ is, plural, key, uid, version, at: performance.now() });
  }

  cache(plural: string): ReadonlyMap<string, string> {
    return new Map(this.#objects(plural).map((object) => [object.metadata.name, stampOf(object)]));
  }

  object(plural: string, name: string): KubeObject | undefined {
    return this.#objects(plural).find(({ metadata }) => metadata.name === name);
  }

  hasSynced(plural: string): boolean {
    return this.#made.every((one) => one.plural !== plural || one.synced || one.informer.list().length > 0);
  }

  state(plural: string): string {
    return this.#made
      .filter((one) => one.plural === plural)
      .map(({ state }) => state)
      .join();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#made.map(({ informer }) => informer.stop()));
  }

  #objects(plural: string): readonly KubeObject[] {
    const lists = this.#made.filter((one) => one.plural === plural).flatMap(({ informer }) => informer.list());
    return lists as unknown as readonly KubeObject[]; // They come from a server: name, uid and version are there.
  }
}
