import type { ListCall, ObjectName } from "@polykind/apimachinery";
import type { CallFailure, ListReads } from "@polykind/testing";
import type { Answered, ApiServer, Scope } from "./api-server.ts";
import { type SimObject, stampOf } from "./etcd.ts";
import type { ListFault } from "./faults.ts";
import { answer, failureOf, unreachable } from "./status.ts";
import { json, shaped } from "./wire.ts";

type Numbered = ListCall & { readonly id: number };

/** The lists of one scope, as the servers answer them. */
export class Lists {
  readonly #server: ApiServer;
  readonly #scope: Scope;
  #hasListed = false;

  constructor(server: ApiServer, scope: Scope) {
    this.#server = server;
    this.#scope = scope;
  }

  async list(call: ListCall): Promise<Uint8Array> {
    const id = this.#server.count();
    this.#scope.emit({ type: "list.open", call: id, isContinued: call.continue !== undefined, reads: readsOf(call) });
    let failure: CallFailure | undefined;
    try {
      return await this.#answer({ ...call, id });
    } catch (cause) {
      failure = call.signal.aborted ? undefined : failureOf(cause);
      throw cause;
    } finally {
      this.#scope.emit({ type: "list.close", call: id, failure });
    }
  }

  async #answer(call: Numbered): Promise<Uint8Array> {
    const server = this.#server;
    await server.delay(call.signal);
    if (server.isDown) throw unreachable();
    const fault = this.#nextFault();
    switch (fault) {
      case "refused":
        throw unreachable();
      case "429":
      case "initializing":
      case "500":
      case "503":
      case "403":
      case "404":
        throw answer(fault);
      case "slow":
        await server.clock.sleep(20_000, call.signal);
        break;
      case "hang":
        await server.clock.sleep(10_000_000, call.signal);
        break;
      case "expired":
        server.tokens.clear();
        break;
      case "garbage":
      case "no items":
        // The body is not what was asked for: the caller finds out by itself.
        this.#scope.emit({ type: "list.close", call: call.id, failure: { code: "API_PROTOCOL" } });
        return Buffer.from(fault === "garbage" ? "<html>Bad Gateway</html>" : '{"kind":"GizmoList","metadata":{"resourceVersion":"1"}}');
      default:
    }
    return await this.#page({ ...call, isStale: fault === "stale" });
  }

  /** What is wrong with this list. Before anything was listed, nobody could tell a stale list from another. */
  #nextFault(): ListFault | undefined {
    const { listFaults } = this.#server;
    const index = this.#hasListed ? 0 : listFaults.findIndex((fault) => fault !== "stale");
    return index === -1 ? undefined : listFaults.splice(index, 1)[0];
  }

  async #page(call: Numbered & { readonly isStale: boolean }): Promise<Uint8Array> {
    const { etcd, tokens, traits, draws } = this.#server;
    if (call.shape !== undefined && traits.metadata === "refused") throw answer("406");
    if (call.continue !== undefined && this.#server.breaks()) throw draws.chance(0.5) ? answer("500") : answer("410");
    const from = call.continue === undefined ? await this.#snapshot(call) : tokens.get(call.continue);
    if (from === undefined || (call.continue !== undefined && from.version < etcd.compactedTo)) throw answer("410");
    const size = call.limit === undefined ? from.rest.length : Math.min(call.limit, traits.pageSize);
    const [items, rest] = [from.rest.slice(0, size), from.rest.slice(size)];
    const token = rest.length === 0 ? undefined : `token-${call.id}`;
    if (token !== undefined) tokens.set(token, { version: from.version, rest });
    const version = String(from.version);
    const shape = traits.metadata === "offered" ? (call.shape ?? this.#scope.shape) : this.#scope.shape;
    const objects = items.map((item) => shaped(item, { shape, reading: this.#server.readingOf(this.#scope.plural) }));
    this.#hasListed = true;
    this.#scope.emit({
      type: "list.line",
      call: call.id,
      version,
      objects: objects.map(stampOf),
      isLast: token === undefined,
    });
    return json({
      kind: "List",
      apiVersion: "v1",
      metadata: { resourceVersion: version, ...(token !== undefined && { continue: token }) },
      items: objects,
    });
  }

  async #snapshot(call: ListCall & { readonly isStale: boolean }): Promise<Answered> {
    const { etcd } = this.#server;
    const version = await this.#versionOf(call);
    const objects = etcd.at(version, this.#scope);
    const { only } = call;
    return { version, rest: only === undefined ? objects : objects.filter((object) => isOf(object, only)) };
  }

  async #versionOf({ resourceVersion, resourceVersionMatch, isStale, signal }: ListCall & { readonly isStale: boolean }): Promise<number> {
    const { etcd, traits } = this.#server;
    const asked = Number(resourceVersion);
    const isExact = resourceVersionMatch === "Exact" && traits.isExact;
    if (isStale) return Math.max(etcd.compactedTo, 1, (isExact ? asked : etcd.version) - 3);
    if (resourceVersionMatch === "NotOlderThan") return await this.#server.reach(asked, signal);
    if (!isExact) return etcd.version;
    if (asked < etcd.compactedTo) throw answer("410");
    if (asked > etcd.version) throw answer("too large");
    return asked;
  }
}

/** Pages have more than one object, so that a list of one is asked for its version only. */
function readsOf({ limit, only, shape }: ListCall): ListReads {
  if (only !== undefined) return "one";
  return limit === 1 ? "version" : (shape ?? "objects");
}

function isOf({ metadata: { name, namespace } }: SimObject, only: ObjectName): boolean {
  return name === only.name && namespace === only.namespace;
}
