import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { openSandbox } from "@polykind/sandbox";
import { parse } from "yaml";

const run = promisify(execFile);

/** The folder with the programs that build and start a real API server. */
const FOLDER = resolve(process.env["POLYKIND_REALAPI"] ?? join(import.meta.dirname, "../../../../../shared/realapi"));

/** One request, as plain data. */
export interface Request {
  readonly method: string;
  readonly path: string;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** What came back. The lines of a watch are an array. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly warnings: readonly string[];
  readonly body: unknown;
}

/** A server that runs until it is disposed of. */
export interface Server extends AsyncDisposable {
  send(request: Request): Promise<Answer>;
}

/** Why no real server can be started here; `undefined` when one can. */
export function reasonWithoutRealServer(): string | undefined {
  const home = process.env["REALAPI_HOME"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "realapi");
  if (!existsSync(join(FOLDER, "start"))) return `no real API server: ${FOLDER} is absent (POLYKIND_REALAPI names another folder)`;
  return existsSync(join(home, "bin/realapi")) ? undefined : `no real API server: run ${join(FOLDER, "build")} first`;
}

/** Starts a real server, empty, in a folder of its own. */
export async function startRealServer(): Promise<Server> {
  const { stdout } = await run(join(FOLDER, "start"), [], { encoding: "utf8" });
  const env = new Map(stdout.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
  const server = connect(await readFile(env.get("KUBECONFIG") ?? "", "utf8"));
  return {
    send: (each) => server.send(each),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await run(join(FOLDER, "stop"), ["--delete", env.get("REALAPI_DIR") ?? ""]);
    },
  };
}

/** Opens a sandbox. */
export async function openSandboxServer(): Promise<Server> {
  const sandbox = await openSandbox();
  const server = connect(sandbox.kubeconfig);
  return {
    send: (each) => server.send(each),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }];
  readonly users: readonly [
    { readonly user: { readonly token?: string; readonly "client-certificate-data"?: string; readonly "client-key-data"?: string } },
  ];
}

function connect(kubeconfig: string): Server {
  const { clusters, users } = parse(kubeconfig) as Kubeconfig; // Both servers write them in this form.
  const { cluster } = clusters[0];
  const { user } = users[0];
  const bytes = (text: string | undefined): Buffer | undefined => (text === undefined ? undefined : Buffer.from(text, "base64"));
  const agent = new Agent({
    keepAlive: true,
    ca: bytes(cluster["certificate-authority-data"]),
    cert: bytes(user["client-certificate-data"]),
    key: bytes(user["client-key-data"]),
  });
  const authorization = user.token === undefined ? {} : { authorization: `Bearer ${user.token}` };
  return {
    send: (each) => send(cluster.server, { agent, headers: { ...authorization, "user-agent": "differential/1" } }, each),
    async [Symbol.asyncDispose]() {
      agent.destroy();
    },
  };
}

interface Connection {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

function send(
  server: string,
  { agent, headers }: Connection,
  { method, path, body, contentType = "application/json", accept = "application/json" }: Request,
): Promise<Answer> {
  const { promise, resolve: answer, reject } = Promise.withResolvers<Answer>();
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  // Node frames the body of a DELETE only when it is told the length.
  const typed = text === undefined ? {} : { "content-type": contentType, "content-length": Buffer.byteLength(text) };
  const sent = request(`${server}${path}`, { agent, method, headers: { ...headers, accept, ...typed } }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", () => {
      const type = response.headers["content-type"] ?? "";
      const warnings = [response.headers["warning"] ?? []].flat();
      answer({ status: response.statusCode ?? 0, contentType: type, warnings, body: bodyOf(Buffer.concat(chunks).toString(), type, path) });
    });
  });
  sent.on("error", reject);
  sent.end(text);
  return promise;
}

function bodyOf(text: string, type: string, path: string): unknown {
  if (!type.includes("json")) return text;
  if (!path.includes("watch=")) return JSON.parse(text);
  const lines = text.split("\n").filter((line) => line !== "");
  // Marks of progress come when they come; that of the end of the initial events is annotated.
  return lines
    .filter((line) => !line.startsWith('{"type":"BOOKMARK"') || line.includes("annotations"))
    .map((line): unknown => JSON.parse(line));
}
