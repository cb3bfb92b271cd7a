import { parseLabelSelector } from "@polykind/apimachinery";
import { messageOf } from "@polykind/core";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { explain } from "./commands/explain.ts";
import { getKinds, isOutputFormat } from "./commands/get.ts";
import type { RunCall } from "./commands/run.ts";
import { DEFAULT_ENDPOINT, type EndpointAddress, endpointUrl, parseEndpoint } from "./endpoint-address.ts";
import { EXIT, exitCodeOf, failureText, usageError } from "./exit.ts";
import { EXPLANATION_FORMATS, type ExplanationFormat, isExplanationFormat } from "./output/explanation.ts";
import { OUTPUT_FORMATS, type OutputFormat } from "./output/kinds.ts";
import { stopSignals } from "./stop-signals.ts";
import { say, type Terminal } from "./terminal.ts";
import { HOST_VERSION } from "./version.ts";

interface RunFlags {
  readonly plugins: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly sandbox?: boolean;
  readonly sandboxKubeconfig?: string;
  readonly sandboxPort?: number;
  readonly crds: readonly string[];
  readonly objects: readonly string[];
  readonly crdSelector?: string;
  readonly events: boolean;
  readonly removedPlugins: "finalize" | "let-go";
  readonly endpoint: string;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logFormat?: "text" | "json";
}

interface GetFlags {
  readonly endpoint: string;
  readonly output: OutputFormat;
  readonly watch?: boolean;
}

interface ExplainFlags {
  readonly endpoint: string;
  readonly output: ExplanationFormat;
}

/**
 * Runs the command line and sets the exit code: 0, 1 when it failed, 2 when it was called wrongly. Never throws. When a signal has stopped it, it ends the process itself: neither a
 * timer of a plugin nor a file that nobody writes may hold it up.
 *
 * @param argv as `process.argv`.
 */
export async function main(argv: readonly string[], terminal: Terminal = standardTerminal()): Promise<void> {
  using stop = stopSignals((name) => {
    if (argv.includes("run")) say(terminal.err, `${name}: finishing what is begun; again to end at once`);
  });
  let exitCode: number = EXIT.ok;
  const program = buildProgram(terminal, stop.signal, (code) => (exitCode = code));
  try {
    await program.parseAsync([...argv]);
  } catch (thrown) {
    exitCode = thrown instanceof CommanderError ? (thrown.exitCode === 0 ? EXIT.ok : EXIT.usage) : exitCodeOf(thrown);
    if (!(thrown instanceof CommanderError)) say(terminal.err, failureText(thrown));
  }
  process.exitCode = exitCode;
  if (stop.signal.aborted) process.exit();
}

function buildProgram(terminal: Terminal, signal: AbortSignal, exitWith: (code: number) => void): Command {
  const program = new Command("polykind")
    .description("Runs any number of custom resource types in one process, with controllers that are plugins.")
    .version(HOST_VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.err.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "polykind: ")),
    })
    .showHelpAfterError("(--help shows what there is)")
    .showSuggestionAfterError();
  program
    .command("version")
    .description("print the version")
    .action(() => say(terminal.out, HOST_VERSION));
  addRun(program, terminal, signal, exitWith);
  const get = program.command("get").description("show what a running manager knows");
  addGetKinds(get, terminal, signal);
  addExplain(program, terminal, signal);
  return program;
}

function addRun(program: Command, terminal: Terminal, signal: AbortSignal, exitWith: (code: number) => void): void {
  program
    .command("run")
    .description("run plugins on a cluster, or on an embedded API server")
    .addOption(new Option("--plugins <dir|file|package>", "where plugins are; may be repeated").argParser(collect).default([], "none"))
    .option("--kubeconfig <file>", "the cluster (default: $KUBECONFIG, ~/.kube/config, or the pod's own)")
    .option("--context <name>", "the kubeconfig's context (default: its current one)")
    .addOption(new Option("--sandbox", "an embedded API server instead of a cluster").conflicts(["kubeconfig", "context"]))
    .option("--sandbox-kubeconfig <file>", "write the sandbox's kubeconfig there (default: a temporary file)")
    .addOption(new Option("--sandbox-port <port>", "the sandbox's port (default: any that is free)").argParser(parsePort))
    .addOption(
      new Option("--crds <file>", "load CustomResourceDefinitions into the sandbox: YAML, JSON or NDJSON, also gzipped; may be repeated")
        .argParser(collect)
        .default([], "none"),
    )
    .addOption(new Option("--objects <file>", "load objects into the sandbox; may be repeated").argParser(collect).default([], "none"))
    .addOption(
      new Option(
        "--removed-plugins <how>",
        "what becomes of a plugin that is removed while objects carry its finalizer: it stays and only finalizes until none does, or is let go of at once",
      )
        .choices(["finalize", "let-go"])
        .default("finalize"),
    )
    .addOption(
      new Option(
        "--crd-selector <selector>",
        "the CustomResourceDefinitions to deal with, by their labels, such as team=a or '!legacy,tier in (x,y)' (default: all)",
      ).argParser(parseSelector),
    )
    .option("--no-events", "write no Kubernetes events about the life of kinds")
    .option("--endpoint <host:port|none>", "where to show kinds, health and metrics", DEFAULT_ENDPOINT)
    .addOption(new Option("--log-level <level>", "how much to log").choices(["debug", "info", "warn", "error"]).default("info"))
    .addOption(new Option("--log-format <format>", "how to log (default: text on a terminal, else json)").choices(["text", "json"]))
    .action(async (flags: RunFlags) => {
      const { run } = await import("./commands/run.ts"); // The sandbox and the manager are large: other commands start without them.
      const leaked = await run(runCallOf(flags, signal, terminal), terminal);
      if (leaked > 0) exitWith(EXIT.failed);
    });
}

function runCallOf(flags: RunFlags, signal: AbortSignal, terminal: Terminal): RunCall {
  const { kubeconfig, context, sandboxKubeconfig, sandboxPort, crdSelector, endpoint, logFormat, sandbox: isSandbox = false } = flags;
  if (flags.plugins.length === 0) throw usageError("cannot run without plugins: name at least one with --plugins DIR|FILE|PACKAGE");
  for (const [flag, isGiven, why] of [
    ["--crds", flags.crds.length > 0, "objects of a cluster are changed with kubectl"],
    ["--objects", flags.objects.length > 0, "objects of a cluster are changed with kubectl"],
    ["--sandbox-kubeconfig", sandboxKubeconfig !== undefined, "a cluster has a kubeconfig; name it with --kubeconfig FILE"],
    ["--sandbox-port", sandboxPort !== undefined, "a cluster listens where its kubeconfig says"],
  ] as const) {
    if (isGiven && !isSandbox) throw usageError(`cannot use ${flag} without --sandbox: ${why}`);
  }
  return {
    plugins: flags.plugins,
    isSandbox,
    crds: flags.crds,
    objects: flags.objects,
    sandboxPort: sandboxPort ?? 0,
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(sandboxKubeconfig !== undefined && { sandboxKubeconfig }),
    ...(crdSelector !== undefined && { crdSelector }),
    hasEvents: flags.events,
    unbinding: flags.removedPlugins === "let-go" ? "letGo" : "finalize",
    endpoint: endpoint === "none" ? undefined : parseEndpoint(endpoint),
    logLevel: flags.logLevel,
    logFormat: logFormat ?? (terminal.isInteractive ? "text" : "json"),
    signal,
  };
}

function addGetKinds(get: Command, terminal: Terminal, signal: AbortSignal): void {
  get
    .command("kinds")
    .description("show each kind with its state, version, plugins, incarnation and objects")
    .addOption(new Option("-o, --output <format>", OUTPUT_FORMATS.join(", ")).default("table", "table").argParser(parseFormat))
    .option("-w, --watch", "go on and show what changes")
    .option("--endpoint <host:port>", "the manager's address", DEFAULT_ENDPOINT)
    .action(async ({ endpoint, output, watch: isWatch = false }: GetFlags) => {
      const address: EndpointAddress = parseEndpoint(endpoint);
      await getKinds({ endpoint: endpointUrl(address), output, isWatch, signal }, terminal).catch((thrown: unknown) => {
        if (!signal.aborted) throw thrown;
      });
    });
}

function addExplain(program: Command, terminal: Terminal, signal: AbortSignal): void {
  program
    .command("explain")
    .description("tell why a kind is in its state, what it awaits of whom, when it is tried again, and what it released before")
    .argument("<kind>", "the CRD's name, the kind, plural, singular or short name, or one of these with .GROUP; case does not matter")
    .addOption(
      new Option("-o, --output <format>", EXPLANATION_FORMATS.join(", ")).default("text", "text").argParser(parseExplanationFormat),
    )
    .option("--endpoint <host:port>", "the manager's address", DEFAULT_ENDPOINT)
    .action(async (kind: string, { endpoint, output }: ExplainFlags) => {
      await explain({ kind, endpoint: endpointUrl(parseEndpoint(endpoint)), output, signal }, terminal).catch((thrown: unknown) => {
        if (!signal.aborted) throw thrown;
      });
    });
}

function collect(value: string, previous: readonly string[] = []): readonly string[] {
  if (value === "") throw new InvalidArgumentError("it must not be empty.");
  return [...previous, value];
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError("it must be a number from 0 to 65535.");
  return Number(text);
}

function parseSelector(text: string): string {
  try {
    parseLabelSelector(text);
  } catch (cause) {
    throw new InvalidArgumentError(messageOf(cause));
  }
  return text;
}

function parseFormat(text: string): OutputFormat {
  if (!isOutputFormat(text)) throw new InvalidArgumentError(`it must be one of ${OUTPUT_FORMATS.join(", ")}.`);
  return text;
}

function parseExplanationFormat(text: string): ExplanationFormat {
  if (!isExplanationFormat(text)) throw new InvalidArgumentError(`it must be one of ${EXPLANATION_FORMATS.join(", ")}.`);
  return text;
}

function standardTerminal(): Terminal {
  // Who stops reading, as `| head` does, has seen enough.
  process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EPIPE") throw cause;
    process.exit();
  });
  // Who does not read what is said beside it does not end it.
  process.stderr.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EPIPE") throw cause;
  });
  return { out: process.stdout, err: process.stderr, isInteractive: process.stdout.isTTY };
}
