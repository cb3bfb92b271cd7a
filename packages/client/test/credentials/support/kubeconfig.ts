import assert from "node:assert/strict";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Credentials, loadCredentials } from "@polykind/client";
import { isPolykindError, type PolykindErrorCode } from "@polykind/core";

/** What is special in a kubeconfig of one context. */
export interface KubeconfigParts {
  readonly cluster?: object;
  readonly user?: object | undefined;
  /** Default: `dev`. */
  readonly name?: string;
}

/** A kubeconfig with one context, cluster `c` and user `u`. */
export function kubeconfigOf({ cluster = {}, user = {}, name = "dev" }: KubeconfigParts = {}) {
  return {
    "current-context": name,
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443", ...cluster } }] as unknown[],
    users: [{ name: "u", user }] as unknown[],
    contexts: [{ name, context: { cluster: "c", user: "u", namespace: "ns" } }] as unknown[],
  };
}

/** The text of {@link kubeconfigOf}. JSON is YAML. */
export function kubeconfig(parts?: KubeconfigParts): string {
  return JSON.stringify(kubeconfigOf(parts));
}

/** A folder for kubeconfigs and what they name, gone at the end. */
export class ConfigFolder implements AsyncDisposable {
  readonly path: string;
  #writes = 0;

  static async make(): Promise<ConfigFolder> {
    return new ConfigFolder(await mkdtemp(join(tmpdir(), "polykind-")));
  }

  private constructor(path: string) {
    this.path = path;
  }

  /** The path of a file that holds `text` now. Each write has an instant of its own. */
  async write(name: string, text: string, mode = 0o600): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, text, { mode });
    this.#writes += 1;
    await utimes(path, this.#writes, this.#writes);
    return path;
  }

  async load(text: string, options: Parameters<typeof loadCredentials>[0] = {}): Promise<Credentials> {
    return loadCredentials({ kubeconfig: await this.write("config", text), env: {}, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true });
  }
}

/** Whether an error has `code` and says all that. */
export function is(code: PolykindErrorCode, ...says: readonly RegExp[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isPolykindError(error, code), String(error));
    for (const text of says) assert.match(error.message, text);
    return true;
  };
}
