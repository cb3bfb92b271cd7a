import { messageOf } from "@polykind/core";
import type { Authenticator } from "../auth/authenticator.ts";
import type { User } from "../auth/user.ts";
import { aggregatedDiscovery, apiVersions, groupDocument, groupList, resourceList } from "../discovery/documents.ts";
import { openapiDocument } from "../discovery/openapi.ts";
import { emptyOpenapiV2, OPENAPI_V2_PROTOBUF } from "../discovery/openapi-v2-protobuf.ts";
import { VERSION_DOCUMENT } from "../discovery/version.ts";
import { internal, StatusError } from "../status/index.ts";
import type { Call } from "../verbs/call.ts";
import type { Cluster } from "../verbs/cluster.ts";
import { EventBytes } from "../verbs/event-bytes.ts";
import { isTrue } from "../verbs/options.ts";
import { type Shape, shaped } from "../verbs/shape.ts";
import { watch } from "../verbs/watch.ts";
import { answer, kindAt, NotRouted, subresourceOf, verbOf } from "./dispatch.ts";
import { type Exchange, openSink, readBody, sendObject, sendText } from "./exchange.ts";
import { aggregatedDiscoveryType, wantedOf } from "./media.ts";
import { parseTarget, type Target } from "./target.ts";
import type { Traffic } from "./traffic.ts";

/** What answers requests. */
export interface FrontDeps {
  readonly cluster: Cluster;
  readonly authenticate: Authenticator;
  readonly traffic: Traffic;
}

type ResourceTarget = Extract<Target, { readonly type: "resource" }>;
type DiscoveryTarget = Extract<Target, { readonly type: "discovery" }>;

const HEALTH_PATHS: ReadonlySet<string> = new Set(["healthz", "livez", "readyz"]);

/** Answers requests: the way from a path to a verb and back. Never throws. */
export class Front {
  readonly #deps: FrontDeps;
  readonly #bytes = new EventBytes();
  /** Each ends one open watch. */
  readonly #watches = new Set<() => void>();

  constructor(deps: FrontDeps) {
    this.#deps = deps;
  }

  async answer(exchange: Exchange): Promise<void> {
    try {
      const url = locationOf(exchange.request.url ?? "/");
      const { authorization } = exchange.request.headers;
      await this.#route(exchange, url, this.#deps.authenticate({ authorization }));
    } catch (thrown) {
      refuse(exchange, thrown);
    }
  }

  #route(exchange: Exchange, url: Location, user: User): Promise<void> | void {
    const target = parseTarget(url.path);
    switch (target.type) {
      case "resource":
        return this.#serveResource(exchange, { target, url, user });
      case "discovery":
        this.#deps.traffic.count("get", url.path);
        return this.#serveDiscovery(exchange, target);
      case "other":
        this.#deps.traffic.count("get", url.path);
        return this.#serveOther(exchange, url.path);
    }
  }

  #serveDiscovery(exchange: Exchange, target: DiscoveryTarget): void {
    const kinds = this.#deps.cluster.kinds.all();
    const { group, version, isCore } = target;
    const aggregated = group === undefined && version === undefined ? aggregatedDiscoveryType(exchange.request.headers.accept) : undefined;
    if (aggregated !== undefined) {
      return sendObject(exchange, aggregatedDiscovery(kinds, isCore), {
        code: 200,
        format: "json",
        contentType: aggregated,
        headers: { vary: "Accept" },
      });
    }
    const document =
      version !== undefined
        ? resourceList(kinds, { group: group ?? "", version })
        : isCore
          ? apiVersions(exchange.request.headers.host ?? "")
          : group === undefined
            ? groupList(kinds)
            : groupDocument(kinds, group);
    if (document === undefined) throw new NotRouted();
    sendObject(exchange, document, { code: 200, format: wantedOf(exchange.request.headers.accept, null).format });
  }

  #serveOther(exchange: Exchange, path: string): void {
    const [first = "", second] = path.split("/").filter(Boolean);
    if (HEALTH_PATHS.has(first)) return sendText(exchange, "ok", { code: 200 });
    if (path === "/openapi/v2" && exchange.request.headers.accept?.includes(OPENAPI_V2_PROTOBUF) === true) {
      return sendText(exchange, emptyOpenapiV2(), { code: 200, contentType: OPENAPI_V2_PROTOBUF.replace("@", ".") });
    }
    const document =
      first === "version" && second === undefined ? VERSION_DOCUMENT : openapiDocument(path, () => this.#deps.cluster.kinds.all());
    if (document === undefined) throw new NotRouted();
    sendObject(exchange, document, { code: 200, format: "json" });
  }

  async #serveResource(
    exchange: Exchange,
    { target, url, user }: { readonly target: ResourceTarget; readonly url: Location; readonly user: User },
  ): Promise<void> {
    const { cluster, traffic } = this.#deps;
    const method = exchange.request.method ?? "GET";
    const isWatching = isTrue(url.query.get("watch"));
    const { kind, verb } = kindAt(target, cluster, (found) => verbOf(method, target, found, isWatching));
    traffic.count(verb, url.path);
    const wanted = wantedOf(exchange.request.headers.accept, url.query.get("includeObject"));
    const call: Call = {
      kind,
      namespace: target.namespace,
      name: target.name,
      subresource: subresourceOf(target, kind),
      query: url.query,
      user,
      manager: (exchange.request.headers["user-agent"] ?? "unknown").split("/", 1)[0] ?? "unknown",
      body: verb === "watch" || verb === "get" || verb === "list" ? { bytes: new Uint8Array(), mediaType: "" } : await readBody(exchange),
      warnings: new Set(kind.warnings),
    };
    try {
      if (verb === "watch") return this.#serveWatch(exchange, call, wanted.shape, url.path);
      const { code, object } = await answer(verb, call, cluster);
      const wantedObject = shaped(object, wanted.shape, { kind, now: cluster.clock.now() });
      sendObject(exchange, wantedObject, { code, format: wanted.format, warnings: call.warnings });
    } catch (thrown) {
      refuse(exchange, thrown, call.warnings);
    }
  }

  #serveWatch(exchange: Exchange, call: Call, shape: Shape, path: string): void {
    const sink = openSink(exchange, call.warnings);
    const stop = watch(call, { cluster: this.#deps.cluster, shape, bytes: this.#bytes, sink });
    const closed = this.#deps.traffic.opened(path);
    const end = (): void => {
      this.#watches.delete(end);
      stop();
      closed();
    };
    this.#watches.add(end);
    sink.onGone(end);
  }

  /** Ends all watches without a word: with them go their timers. */
  close(): void {
    for (const end of this.#watches) end();
  }
}

/** Where a request goes. */
interface Location {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** A path is taken as it is: whoever parsed it as a URL would see a host in `//x`. */
function locationOf(target: string): Location {
  const [path = "/", query = ""] = target.split(/\?(.*)/s, 2);
  return { path, query: new URLSearchParams(query) };
}

function refuse(exchange: Exchange, thrown: unknown, warnings: Iterable<string> = []): void {
  if (exchange.response.headersSent) return void exchange.response.destroy();
  if (thrown instanceof NotRouted) return sendText(exchange, "404 page not found\n", { code: 404 });
  const { body, code } = thrown instanceof StatusError ? thrown : internal(messageOf(thrown));
  const retryAfter = body.details?.retryAfterSeconds;
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  sendObject(exchange, body, { code, format: "json", warnings, headers });
}
