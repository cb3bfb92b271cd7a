import { dirname, isAbsolute, join } from "node:path";
import { type Clock, PolykindError } from "@polykind/core";
import { SharedRun } from "../shared-run.ts";
import { type CommandEnd, CommandRunner } from "./command.ts";
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
  /** What the plugin is told of the cluster; called if it asks for it. */
  readonly cluster: () => Promise<Readonly<Record<string, unknown>>>;
}

/** How long before its expiry a credential is no longer used. */
export const EXPIRY_SKEW_MS = 30_000;
/** How long an answer is used at least, however soon it expires: plugins give what they have kept as long as it is valid. */
export const USE_AT_LEAST_MS = 5_000;
/**
 * How long a failure stands before the plugin is run again, and an answer that is expired or that brings nothing new: many kinds ask at once, and
 * each run is a process.
 */
export const RUN_AGAIN_AFTER_MS = 1_000;
const RUN_WITHIN_MS = 60_000;

interface Credential extends Proof {
  /** Unix milliseconds. */
  readonly usableUntil: number;
}

/**
 * Gets a credential from the command that a kubeconfig names.
 *
 * Guarantees: one process at a time, shared by all who wait, killed when it takes longer than a minute or nobody waits any more; its answer is kept
 * until its expiry less {@link EXPIRY_SKEW_MS}, or for {@link USE_AT_LEAST_MS} where that is later but not expired; what it prints to stdout is in no
 * error.
 */
export class ExecPlugin implements ProofSource {
  readonly #config: ExecConfig;
  readonly #options: ExecOptions;
  readonly #runner: CommandRunner;
  readonly #run: SharedRun<Credential>;
  #credential: Credential | undefined;
  #forgotten: Credential | undefined;
  /** Of the clock's elapsed time. Until then what was got last is not forgotten: it is the very same that was to be forgotten before. */
  #standsUntil = Number.NEGATIVE_INFINITY;
  #failure: { readonly error: unknown; readonly until: number } | undefined;

  constructor(config: ExecConfig, options: ExecOptions) {
    this.#config = config;
    this.#options = options;
    this.#runner = new CommandRunner(options.clock);
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
    if (this.#options.clock.elapsed() < this.#standsUntil) return;
    this.#forgotten = this.#credential ?? this.#forgotten;
    this.#credential = undefined;
  }

  async #renew(signal: AbortSignal): Promise<Credential> {
    const { clock } = this.#options;
    try {
      const credential = this.#read(this.#outputOf(await this.#execute(signal)));
      this.#failure = undefined;
      if (isSame(credential, this.#forgotten)) this.#standsUntil = clock.elapsed() + RUN_AGAIN_AFTER_MS;
      this.#forgotten = undefined;
      return (this.#credential = credential);
    } catch (error) {
      if (!signal.aborted) this.#failure = { error, until: clock.elapsed() + RUN_AGAIN_AFTER_MS };
      throw error;
    }
  }

  async #execute(signal: AbortSignal): Promise<CommandEnd> {
    const { command = "", args, interactiveMode } = this.#config;
    if (command === "") throw this.#invalid("it names no command");
    if (interactiveMode === "Always")
      throw this.#invalid("it needs a terminal (interactiveMode: Always), which a controller does not have");
    const run = { path: this.#commandPath(command), args: (args ?? []).map(String), env: await this.#env() };
    return this.#runner.run(run, { withinMs: RUN_WITHIN_MS, signal });
  }

  #commandPath(command: string): string {
    return command.includes("/") && !isAbsolute(command) ? join(dirname(this.#options.file), command) : command;
  }

  async #env(): Promise<NodeJS.ProcessEnv> {
    const { apiVersion = "client.authentication.k8s.io/v1", provideClusterInfo = false, env } = this.#config;
    const spec = { interactive: false, ...(provideClusterInfo && { cluster: await this.#options.cluster() }) };
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
      usableUntil: usableUntil(expiresAt, this.#options.clock.now()),
    };
  }

  #outputOf(end: CommandEnd): string {
    if (end.how === "well") return end.stdout;
    const { command, installHint } = this.#config;
    const code = end.how === "badly" ? end.code : undefined;
    if (code === "ENOENT" || code === "EACCES") {
      const why = code === "ENOENT" ? "is not there" : "may not be executed";
      throw this.#invalid(`the command "${command}" ${why}${installHint === undefined ? "" : `; ${installHint.trim()}`}`);
    }
    const ended = end.how === "late" ? `did not end within ${RUN_WITHIN_MS / 1000} s` : `ended with ${String(code ?? "a signal")}`;
    const said = redact(end.stderr.trim().split("\n").at(-1) ?? "");
    throw new PolykindError("API_UNAUTHORIZED", `${this.#what()}: it ${ended}${said === "" ? "" : ` and said: ${said}`}`, {
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

/** Unix milliseconds, as its parameters. */
function usableUntil(expiresAt: number, now: number): number {
  return Math.max(expiresAt - EXPIRY_SKEW_MS, Math.min(expiresAt, now + USE_AT_LEAST_MS), now + RUN_AGAIN_AFTER_MS);
}

function isSame(a: Proof, b: Proof | undefined): boolean {
  return b !== undefined && a.authorization === b.authorization && String(a.cert) === String(b.cert) && String(a.key) === String(b.key);
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
