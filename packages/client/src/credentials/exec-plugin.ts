import { dirname, isAbsolute, join } from "node:path";
import { type Clock, PolykindError } from "@polykind/core";
import { SharedRun } from "../shared-run.ts";
import { redact } from "./redact.ts";
import type { Proof, ProofSource } from "./types.ts";

/** The `exec` of a kubeconfig's user (`client.authentication.k8s.io`), in the parts that this project reads. */
export interface ExecConfig {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: "Never" | "IfAvailable" | "Always";
}

/** What an exec plugin runs with. */
export interface ExecOptions {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** The kubeconfig; relative commands are looked for beside it. */
  readonly file: string;
  readonly user: string;
  /** What the plugin is told of the cluster, if it asks for it. */
  readonly cluster: Readonly<Record<string, unknown>>;
}

/** How long before its expiry a credential is no longer used. */
export const EXPIRY_SKEW_MS = 30_000;
/** How long a failure stands before the plugin is run again: many kinds ask at once, and each run is a process. */
export const RUN_AGAIN_AFTER_MS = 1_000;
const RUN_WITHIN_MS = 60_000;
const ANSWER_BYTES_MAX = 1 << 20;

interface Credential extends Proof {
  /** Unix milliseconds. */
  readonly usableUntil: number;
}

/**
 * Gets a credential from the command that a kubeconfig names.
 *
 * Guarantees: one process at a time, shared by all who wait; its answer is kept until its expiry less {@link EXPIRY_SKEW_MS}; what it
 * prints to stdout is in no error.
 */
export class ExecPlugin implements ProofSource {
  readonly #config: ExecConfig;
  readonly #options: ExecOptions;
  readonly #run: SharedRun<Credential>;
  #credential: Credential | undefined;
  #failure: { readonly error: unknown; readonly until: number } | undefined;

  constructor(config: ExecConfig, options: ExecOptions) {
    this.#config = config;
    this.#options = options;
    this.#run = new SharedRun((signal) => this.#renew(signal));
  }

  async current(signal?: AbortSignal): Promise<Proof> {
    if (this.#credential !== undefined && this.isFresh()) return this.#credential;
    if (this.#failure !== undefined && this.#options.clock.elapsed() < this.#failure.until) throw this.#failure.error;
    return this.#run.join(signal);
  }

  isFresh(): boolean {
    return this.#credential !== undefined && this.#options.clock.now() < this.#credential.usableUntil;
  }

  forget(): void {
    this.#credential = undefined;
  }

  async #renew(signal: AbortSignal): Promise<Credential> {
    try {
      const credential = this.#read(await this.#execute(signal));
      this.#failure = undefined;
      return (this.#credential = credential);
    } catch (error) {
      if (!signal.aborted) this.#failure = { error, until: this.#options.clock.elapsed() + RUN_AGAIN_AFTER_MS };
      throw error;
    }
  }

  #execute(signal: AbortSignal): Promise<string> {
    const { command = "", args, interactiveMode } = this.#config;
    if (command === "") throw this.#invalid("it names no command");
    if (interactiveMode === "Always")
      throw this.#invalid("it needs a terminal (interactiveMode: Always), which a controller does not have");
    const options = {
      env: this.#env(),
      signal,
      timeout: RUN_WITHIN_MS,
      maxBuffer: ANSWER_BYTES_MAX,
      encoding: "utf8",
      windowsHide: true,
    } as const;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    // Loaded for those who have a plugin.
    const { execFile } = process.getBuiltinModule("node:child_process");
    const child = execFile(this.#commandPath(command), args ?? [], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(signal.aborted ? signal.reason : this.#failed(error, stderr));
    });
    child.stdin?.end();
    return promise;
  }

  #commandPath(command: string): string {
    return command.includes("/") && !isAbsolute(command) ? join(dirname(this.#options.file), command) : command;
  }

  #env(): NodeJS.ProcessEnv {
    const { apiVersion = "client.authentication.k8s.io/v1", provideClusterInfo = false, env } = this.#config;
    const spec = { interactive: false, ...(provideClusterInfo && { cluster: this.#options.cluster }) };
    return {
      ...this.#options.env,
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion, kind: "ExecCredential", spec }),
    };
  }

  #read(stdout: string): Credential {
    const status = statusOf(stdout);
    if (status === undefined) throw this.#invalid(`it printed ${stdout.length} characters that are no ExecCredential with a status`);
    const { token, clientCertificateData, clientKeyData, expirationTimestamp } = status;
    const expiresAt = typeof expirationTimestamp === "string" ? Date.parse(expirationTimestamp) : Number.POSITIVE_INFINITY;
    const hasCertificate = typeof clientCertificateData === "string" && typeof clientKeyData === "string";
    if (typeof token !== "string" && !hasCertificate)
      throw this.#invalid("its ExecCredential has neither a token nor a certificate with its key");
    if (Number.isNaN(expiresAt)) throw this.#invalid("the expirationTimestamp of its ExecCredential is no time");
    return {
      ...(typeof token === "string" && { authorization: `Bearer ${token}` }),
      ...(hasCertificate && { cert: Buffer.from(clientCertificateData), key: Buffer.from(clientKeyData) }),
      usableUntil: expiresAt - EXPIRY_SKEW_MS,
    };
  }

  #failed(error: Error & { readonly code?: unknown; readonly killed?: boolean }, stderr: string): PolykindError {
    const { command, installHint } = this.#config;
    if (error.code === "ENOENT" || error.code === "EACCES") {
      const why = error.code === "ENOENT" ? "is not there" : "may not be executed";
      return this.#invalid(`the command "${command}" ${why}${installHint === undefined ? "" : `; ${installHint.trim()}`}`);
    }
    const ended = error.killed === true ? `did not end within ${RUN_WITHIN_MS / 1000} s` : `ended with ${String(error.code ?? "a signal")}`;
    const said = redact(stderr.trim().split("\n").at(-1) ?? "");
    return new PolykindError("API_UNAUTHORIZED", `${this.#what()}: it ${ended}${said === "" ? "" : ` and said: ${said}`}`, {
      retryable: true,
      facts: this.#facts(),
    });
  }

  #invalid(reason: string): PolykindError {
    return new PolykindError("CONFIG_INVALID", `${this.#what()}: ${reason}`, { facts: this.#facts() });
  }

  #what(): string {
    return `cannot run exec plugin "${this.#config.command ?? ""}" of user "${this.#options.user}" in ${this.#options.file}`;
  }

  #facts(): Readonly<Record<string, unknown>> {
    return { file: this.#options.file, user: this.#options.user, command: this.#config.command };
  }
}

function statusOf(stdout: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const answer: unknown = JSON.parse(stdout);
    const status = typeof answer === "object" && answer !== null && "status" in answer ? answer.status : undefined;
    return typeof status === "object" && status !== null ? { ...status } : undefined;
  } catch {
    return undefined; // What it printed may hold a secret: neither it nor the parser's message goes further.
  }
}
