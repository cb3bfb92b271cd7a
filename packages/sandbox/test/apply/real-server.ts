import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";

const run = promisify(execFile);

/** The folder with the programs that build and start a real API server. */
const FOLDER = resolve(process.env["POLYKIND_REALAPI"] ?? join(import.meta.dirname, "../../../../../shared/realapi"));

/** One request to a server, as plain data. */
export interface ServerRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface ServerAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A real API server that runs until it is disposed of. */
export interface RealServer extends AsyncDisposable {
  send(request: ServerRequest): Promise<ServerAnswer>;
}

/** Why no real server can be started here; `undefined` when one can. */
export function reasonWithoutRealServer(): string | undefined {
  const built = join(
    process.env["REALAPI_HOME"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "realapi"),
    "bin/realapi",
  );
  if (!existsSync(join(FOLDER, "start"))) return `no real API server: ${FOLDER} is absent (POLYKIND_REALAPI names another folder)`;
  return existsSync(built) ? undefined : `no real API server: run ${join(FOLDER, "build")} first`;
}

/** Starts one, empty, in a folder of its own. Owners that do not exist take nothing with them. */
export async function startRealServer(): Promise<RealServer> {
  const { stdout } = await run(join(FOLDER, "start"), ["--", "--gc-period=0"], { encoding: "utf8" });
  const env = new Map(stdout.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  const config = parse(await readFile(env.get("KUBECONFIG") ?? "", "utf8")) as {
    readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }];
    readonly users: readonly [{ readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } }];
  }; // The shape of a kubeconfig that `start` writes.
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const bytes = (text: string): Buffer => Buffer.from(text, "base64");
  const agent = new Agent({
    keepAlive: true,
    ca: bytes(cluster["certificate-authority-data"]),
    cert: bytes(user["client-certificate-data"]),
    key: bytes(user["client-key-data"]),
  });
  return {
    send: (each) => send(cluster.server, agent, each),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await run(join(FOLDER, "stop"), ["--delete", env.get("REALAPI_DIR") ?? ""]);
    },
  };
}

async function send(
  server: string,
  agent: Agent,
  { method, path, body, contentType = "application/json", accept = "application/json" }: ServerRequest,
): Promise<ServerAnswer> {
  const { promise, resolve: answer, reject } = Promise.withResolvers<ServerAnswer>();
  const sent = request(
    `${server}${path}`,
    { agent, method, headers: { accept, ...(body !== undefined && { "content-type": contentType }) } },
    (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers["content-type"]?.includes("json") === true;
        answer({ status: response.statusCode ?? 0, body: isJson ? JSON.parse(text) : text });
      });
    },
  );
  sent.on("error", reject);
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
