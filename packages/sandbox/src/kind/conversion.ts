import { apiVersionOf, type CrdVersion, type CustomResourceDefinition, freezeDeep, type KubeObject } from "@polykind/apimachinery";
import { cloneJson, isRecord, type JsonObject, recordAt, textAt } from "../json.ts";
import { StatusError } from "../status/index.ts";
import type { Stored } from "../store/stored.ts";
import { canonicalCustom } from "./canonical.ts";
import type { Draft } from "./kind-rules.ts";
import type { Conversion } from "./served-kind.ts";
import type { VersionSchemas } from "./version-schemas.ts";

/**
 * How the objects of a CRD are read and written in one of its versions.
 *
 * By strategy `None`, only the `apiVersion` differs, and each version's schema drops and fills in its own. Webhooks are not called: in other versions than the one that is stored,
 * reads and writes fail as they do on a server that does not reach them.
 */
export function conversionOf(crd: CustomResourceDefinition, version: CrdVersion, schemas: VersionSchemas): Conversion {
  const storage = crd.spec.versions.find((each) => each.storage) ?? version;
  if (storage.name !== version.name && crd.spec.conversion?.strategy === "Webhook")
    return unreachable(crd, { served: version.name, stored: storage.name });
  const served = apiVersionOf({ group: crd.spec.group, version: version.name });
  const stored = apiVersionOf({ group: crd.spec.group, version: storage.name });
  const hasDefaults = mentionsDefault(storage.schema?.openAPIV3Schema);
  const reads = new WeakMap<Stored, KubeObject>();
  const converted = (state: Stored): KubeObject => {
    const object: JsonObject & KubeObject = { ...cloneJson(state.object), apiVersion: served };
    if (hasDefaults) schemas.of(storage.name).setDefaults(object);
    if (served !== stored) schemas.of(version.name).prune(object);
    return freezeDeep(canonicalCustom(object));
  };
  return {
    canonical: canonicalCustom,
    read(state) {
      if (!hasDefaults && state.object.apiVersion === served) return state.object;
      const read = reads.get(state) ?? converted(state);
      reads.set(state, read);
      return read;
    },
    write(draft) {
      const object = canonicalCustom({ ...draft, apiVersion: stored } as Draft & KubeObject); // What is written has been given its metadata.
      if (served !== stored) schemas.of(storage.name).prune(object);
      return object;
    },
  };
}

/** Whether reading must fill in defaults. A property named `default` makes it true too: that costs time, not truth. */
function mentionsDefault(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(mentionsDefault);
  return isRecord(schema) && ("default" in schema || Object.values(schema).some(mentionsDefault));
}

function unreachable(crd: CustomResourceDefinition, { served, stored }: { readonly served: string; readonly stored: string }): Conversion {
  const failure = (version: string): StatusError => {
    const kind = `${apiVersionOf({ group: crd.spec.group, version })}, Kind=${crd.spec.names.kind}`;
    return new StatusError(500, "", `conversion webhook for ${kind} failed: ${whyUnreachable(crd)}`);
  };
  return {
    canonical: canonicalCustom,
    read() {
      throw failure(stored);
    },
    write() {
      throw failure(served);
    },
  };
}

function whyUnreachable({ spec }: CustomResourceDefinition): string {
  const config = recordAt(recordAt({ ...spec.conversion }, "webhook"), "clientConfig");
  const service = recordAt(config, "service");
  if (service === undefined) return `Post "${textAt(config, "url") ?? ""}?timeout=30s": conversion webhooks are not called here`;
  const [name = "", namespace = "", path = ""] = ["name", "namespace", "path"].map((field) => textAt(service, field));
  const port = typeof service["port"] === "number" ? service["port"] : 443;
  return `Post "https://${name}.${namespace}.svc:${port}${path}?timeout=30s": service ${JSON.stringify(name)} not found`;
}
