import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isRealApiThere, type RealApiPlace, startRealApi } from "../../test/support/real-api.ts";

/** The real API server that all suites of a run share, or why there is none. */
export interface SharedServer extends AsyncDisposable {
  readonly skipReason?: string;
}

/**
 * Starts one real API server and puts its variables into this process's environment, which test files inherit. Builds it first where it was
 * never built. Does nothing when it is not wanted.
 */
export async function openSharedServer(isWanted: boolean): Promise<SharedServer> {
  if (!isWanted) return { async [Symbol.asyncDispose]() {} };
  const found = findOrBuild();
  if (!found.isThere) return { skipReason: found.reason, async [Symbol.asyncDispose]() {} };
  const api = await startRealApi();
  Object.assign(process.env, {
    KUBECONFIG: api.kubeconfig,
    REALAPI_DIR: api.dir,
    REALAPI_SERVER: api.server,
    REALAPI_KUBECTL: api.kubectlPath,
    REALAPI_USERS: join(api.dir, "users"),
  });
  return { [Symbol.asyncDispose]: () => api.stop() };
}

function findOrBuild(): RealApiPlace {
  const found = isRealApiThere();
  if (found.isThere || found.folder === undefined || !existsSync(join(found.folder, "build"))) return found;
  console.log(`building a real API server with ${join(found.folder, "build")}: it takes some minutes, once`);
  const { status, stderr, stdout } = spawnSync(join(found.folder, "build"), [], { encoding: "utf8" });
  return status === 0
    ? isRealApiThere()
    : { isThere: false, folder: found.folder, reason: `no real API server: it cannot be built\n${stdout}${stderr}` };
}
