import type { ListCall } from "@polykind/apimachinery";
import type { CallFailure } from "@polykind/testing";
import type { Answered, ApiServer, Scope } from "./api-server.ts";
import { stampOf } from "./etcd.ts";
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
    this.#scope.emit({ type: "list.open", call: id, isContinued: call.continue !== undefined, ...(isProbe(call) && { isProbe: true }) });
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
    if (call.continue !== undefined && this.#server.breaks()) throw draws.chance(0.5) ? answer("500") : answer("410");
    const from = call.continue === undefined ? await this.#snapshot(call) : tokens.get(call.continue);
    if (from === undefined || (call.continue !== undefined && from.version < etcd.compactedTo)) throw answer("410");
    const size = call.limit === undefined ? from.rest.length : Math.min(call.limit, traits.pageSize);
    const [items, rest] = [from.rest.slice(0, size), from.rest.slice(size)];
    const token = rest.length === 0 ? undefined : `token-${call.id}`;
    if (token !== undefined) tokens.set(token, { version: from.version, rest });
    const version = String(from.version);
    this.#hasListed = true;
    this.#scope.emit({
      type: "list.line",
      call: call.id,
      version,
      objects: items.map(stampOf),
      isLast: token === undefined,
    });
    return json({
      kind: "List",
      apiVersion: "v1",
      metadata: { resourceVersion: version, ...(token !== undefined && { continue: token }) },
      items: items.map((item) => shaped(item, this.#scope)),
    });
  }

  async #snapshot(call: ListCall & { readonly isStale: boolean }): Promise<Answered> {
    const { etcd } = this.#server;
    let { version } = etcd;
    if (call.isStale) version = Math.max(etcd.compactedTo, 1, version - 3);
    else if (call.resourceVersionMatch === "NotOlderThan") version = await this.#server.reach(Number(call.resourceVersion), call.signal);
    return { version, rest: etcd.at(version, this.#scope) };
  }
}

/** Whether only the version of the answer is of interest: pages are larger. */
function isProbe({ limit }: ListCall): boolean {
  return limit === 1;
}
