// Brings the workspace from a fresh clone to where its own tools run. It runs before anything is installed, on whatever Node the machine
// has (from 14.8 on): built-in modules only, and no younger syntax.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the repository begins. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const OLDEST_NODE = [24, 15];

/** Ends the program with a message for people and exit code 1. */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/**
 * Why `node_modules` is not what `package-lock.json` asks for, or undefined when it is. Packages for other platforms may be missing.
 */
export function whyInstall(root) {
  const wanted = packagesIn(join(root, "package-lock.json"));
  const found = packagesIn(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined) return undefined;
  if (found === undefined) return "nothing is installed";
  for (const path of Object.keys(wanted)) {
    const want = wanted[path];
    const have = found[path];
    if (path === "" || (have === undefined && want.optional)) continue;
    if (have === undefined) return `${path} is missing`;
    if (have.version !== want.version || have.integrity !== want.integrity) return `${path} is another version`;
  }
  const extra = Object.keys(found).find((path) => wanted[path] === undefined);
  return extra === undefined ? undefined : `${extra} is not wanted any more`;
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Installs what the lock file says if that is not what is there. One line of progress; npm's own words only when it fails. */
export async function install(root = ROOT) {
  const why = whyInstall(root);
  if (why === undefined) return;
  const isTerminal = process.stderr.isTTY === true;
  const startedAt = Date.now();
  const say = (end, start = "") => process.stderr.write(`${start}installing packages (${why}) … ${end}`);
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  say("");
  const ticking = isTerminal && setInterval(() => say(seconds(), "\r"), 1000);
  const { code, output } = await run("npm", ["ci"], { cwd: root, env: outsideEnv(root), shell: process.platform === "win32" });
  if (ticking) clearInterval(ticking);
  if (isTerminal) say("", "\r");
  process.stderr.write(code === 0 ? `done in ${seconds()}\n` : "failed\n");
  if (code !== 0) fail(`${output.split("\n").slice(0, 20).join("\n")}\ncannot install: npm ci ended with ${code} in ${root}`);
}

/** The environment with the PATH that npm found: without our own `.bin`, which the installation takes away for a while. */
function outsideEnv(root) {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") || "PATH";
  const parts = (process.env[name] || "").split(delimiter).filter((part) => !part.startsWith(join(root, "node_modules") + sep));
  return Object.assign({}, process.env, { [name]: parts.join(delimiter) });
}

/** The path of the Node that the workspace brings, or of this one if it is new enough. */
export function workspaceNode(root = ROOT) {
  const own = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(own)) return own;
  const [major, minor] = process.versions.node.split(".").map(Number);
  const isNewEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  if (!isNewEnough)
    fail(
      `cannot run: Node ${OLDEST_NODE.join(".")} or newer is needed, this is ${process.version}, and none is packaged for this platform`,
    );
  return process.execPath;
}

/** Builds all packages. Silent when nothing is wrong; ends the program with the compiler's words when something is. */
export async function build(root = ROOT) {
  const { code, output } = await run(workspaceNode(root), [join(root, "scripts", "build.ts")], { cwd: root });
  if (code !== 0) fail(`${output.trimEnd()}\ncannot build: see above`);
}

/** Runs a program to its end and keeps what it printed. */
function run(command, args, options) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, args, Object.assign({ stdio: ["ignore", "pipe", "pipe"] }, options));
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ code: 1, output: output + error.message }));
    child.on("close", (code) => resolve({ code, output }));
  });
}

/**
 * Runs a program with the workspace's Node in the foreground and ends as it ends.
 *
 * The child has this process's terminal, so Ctrl-C reaches it by itself; without a terminal a SIGINT is passed on, as SIGTERM always is.
 * The same signal within half a second is one wish: npm passes on what the terminal has sent to all.
 */
export function become(args, options) {
  const child = spawn(workspaceNode(), args, Object.assign({ stdio: "inherit" }, options));
  const lastAt = {};
  const passOn = (signal) => {
    if (signal === "SIGINT" && process.stdin.isTTY) return;
    if (Date.now() - (lastAt[signal] || 0) > 500) child.kill(signal);
    lastAt[signal] = Date.now();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, passOn);
  child.on("error", (error) => fail(`cannot start ${args[0]}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code === null ? 128 + (constants.signals[signal] || 0) : code));
}
