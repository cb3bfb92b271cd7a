import type { KubeObject } from "@polykind/apimachinery";
import type { FaultyServer, SeenRequest } from "@polykind/testing";

/** A line of the watch of CRDs. */
interface Line {
  readonly type: string;
  readonly object: KubeObject;
}

/** As many news as a watch that is behind keeps apart, like the model's. */
const MOST = 3;

/** Whether a request is the watch of CRDs. */
export const isCrdWatch = ({ path, verb }: SeenRequest): boolean =>
  verb === "watch" && path.startsWith("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");

/** What the server tells of one CRD, held at the front: the manager hears of it when it is let. */
export class CrdNews {
  readonly #front: FaultyServer;
  readonly #name: string;
  readonly #unseen: string;
  readonly #told: Line[] = [];
  #arrived: Line[] = [];
  #queue: Line[] = [];
  #isThere = false;
  #isHolding = false;

  /** For the watches of CRDs that begin from now on. */
  constructor(front: FaultyServer, { name, unseen }: { readonly name: string; readonly unseen: string }) {
    this.#front = front;
    this.#name = name;
    this.#unseen = unseen;
    front.rule({ when: isCrdWatch, isLasting: true, fault: { is: "map", map: (bytes) => this.#keep(bytes) } });
  }

  /** How many pieces of news were not told. */
  get size(): number {
    return this.#queue.length;
  }

  /** Whether the server has told of this version, or, of a life that is over, of its end. */
  hasArrived({ uid, version }: { readonly uid: string; readonly version: string | undefined }): boolean {
    return this.#arrived.some(
      ({ type, object: { metadata } }) =>
        metadata.uid === uid && (version === undefined ? type === "DELETED" : metadata.resourceVersion === version),
    );
  }

  /** Takes what has come since as one piece of news: only the last of it counts. */
  gather(): void {
    const last = this.#arrived.at(-1);
    this.#arrived = [];
    if (last !== undefined) this.#queue = [...this.#queue, last].slice(-MOST);
  }

  /** Tells the next news; resolves with the version that the manager then knows, `undefined` when it knows of no CRD. */
  tell(): string | undefined {
    const news = this.#queue.shift();
    if (news === undefined) throw new RangeError("there are no news");
    this.#told.push(news);
    if (news.type === "DELETED") {
      if (this.#isThere) this.#send(news);
      this.#isThere = false;
      return undefined;
    }
    // A watch that drew a delete and a create together tells of a change.
    this.#send({ ...news, type: this.#isThere ? "MODIFIED" : "ADDED" });
    this.#isThere = true;
    return news.object.metadata.resourceVersion;
  }

  /** The next news are drawn together with those after them. */
  drawTogether(): void {
    this.#queue.shift();
  }

  /** Tells once more what was told before the last time. */
  tellAgain(): void {
    const old = this.#told.at(-2);
    if (old !== undefined) this.#send(old);
  }

  /** Holds back from now on what is told of the CRD `name`, and leaves out what is told of `unseen`. */
  hold(): void {
    this.#isHolding = true;
  }

  /** From now on nothing is held; what was is not told any more. */
  openAll(): void {
    this.#isHolding = false;
  }

  #send(line: Line): void {
    this.#front.disturb({ is: "insert", line: JSON.stringify(line), after: "go on" }, isCrdWatch);
  }

  #keep(bytes: Buffer): readonly Buffer[] {
    if (!this.#isHolding) return [bytes];
    const line = JSON.parse(bytes.toString()) as Line; // A watch sends nothing else.
    // The version of a bookmark would be that of what is held.
    if (line.type === "BOOKMARK" || line.object.metadata.name === this.#unseen) return [];
    if (line.object.metadata.name !== this.#name) return [bytes];
    this.#arrived.push(line);
    return [];
  }
}
