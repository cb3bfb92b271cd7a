import { readFileSync } from "node:fs";

/** The version of this host, against which plugins' `engines.polykind` are held: that of the package. */
export const HOST_VERSION: string = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL(import.meta.resolve("polykind/package.json")), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest && typeof manifest.version === "string")
    return manifest.version;
  throw new Error("the package has no version");
}
