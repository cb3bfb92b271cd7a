import { apiVersionOf, freezeDeep, type KubeObject } from "@polykind/apimachinery";
import type { BuiltinRow, Forms } from "../builtin/row.ts";
import { cloneJson } from "../json.ts";
import type { Collection } from "../store/collection.ts";
import { builtinColumnsOf } from "../table/index.ts";
import { BuiltinRules } from "./builtin-rules.ts";
import { canonicalBuiltin } from "./canonical.ts";
import { once } from "./once.ts";
import type { Draft, KindRules } from "./kind-rules.ts";
import type { Stored } from "../store/stored.ts";
import type { Conversion, ServedKind, Verb } from "./served-kind.ts";

const VERBS: readonly Verb[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/** The served form of a built-in kind: one version, stored as it is served. */
export function builtinKindOf(row: BuiltinRow, collection: Collection, rules: KindRules = new BuiltinRules(row)): ServedKind {
  return {
    group: row.group,
    version: row.version,
    kind: row.kind,
    plural: row.plural,
    resourceScope: row.isCluster === true ? "Cluster" : "Namespaced",
    listKind: `${row.kind}List`,
    singular: row.kind.toLowerCase(),
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    verbs: row.verbs ?? VERBS,
    subresources: [
      ...(row.subresources ?? []),
      ...(row.scale === undefined ? [] : (["scale"] as const)),
      ...(row.hasStatus === true ? (["status"] as const) : []),
    ],
    scale: row.scale,
    collection,
    storageVersion: undefined,
    review: row.review,
    rules,
    schemaRevision: "",
    isCustom: false,
    isTerminating: false,
    columns: once(() => builtinColumnsOf(apiVersionOf(row), row.kind)),
    warnings: [],
    ...conversionOf(row.formOfCore),
  };
}

function conversionOf(forms: Forms | undefined): Conversion {
  const write = (draft: Draft): KubeObject => canonicalBuiltin(draft as unknown as KubeObject); // What is written has been given its metadata.
  if (forms === undefined) return { read: ({ object }) => object, write, canonical: canonicalBuiltin };
  const reads = new WeakMap<Stored, KubeObject>();
  const served = ({ object }: Stored): KubeObject => freezeDeep(write(cloneJson(forms.toServed({ ...object })) as Draft)); // Of a stored object.
  return {
    canonical: canonicalBuiltin,
    read(stored) {
      const read = reads.get(stored) ?? served(stored);
      reads.set(stored, read);
      return read;
    },
    write: (draft) => write(forms.toStored(draft) as Draft), // It has the draft's metadata.
  };
}
