import type { CrdDescriptor, VersionDescriptor } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";
import type { Binding, Verdict } from "../../packages/manager/src/kind/state.ts";
import type { Look, PluginName, Served } from "./world.ts";

/** What a start fails with in the model. */
export const FAILURE: PolykindError = new PolykindError("API_UNAVAILABLE", "cannot list");

/** Makes what the production code takes of what the model has, each once. */
export class Catalog {
  readonly #crds = new Map<number, CrdDescriptor>();
  readonly #verdicts = new Map<string, Verdict>();

  crdOf(look: Look): CrdDescriptor {
    const marks = Number(look.isTerminating) + 2 * Number(look.isSelected) + 4 * Number(look.isDisabled);
    const key = (look.life * 100 + look.at) * 32 + SERVED.indexOf(look.served) * 8 + marks;
    const known = this.#crds.get(key);
    if (known?.isEstablished === look.isEstablished && known.generation === look.generation) return known;
    const made = makeCrd(look);
    this.#crds.set(key, made);
    return made;
  }

  /** As the match of plugins to a CRD does it. */
  verdictOf(served: Served, { bound, digest }: { readonly bound: readonly PluginName[]; readonly digest: number }): Verdict {
    const key = `${served} ${bound.join()} ${digest}`;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const made = makeVerdict(served, bound, digest);
    this.#verdicts.set(key, made);
    return made;
  }
}

const SERVED: readonly Served[] = ["v1", "v2", "v1,v2"];

/** Which CRDs the process deals with, and the labels of one that it does deal with. */
export const SELECTOR = { text: "own=yes", requirements: [{ key: "own", operator: "In", values: ["yes"] }] } as const;
export const SELECTED: Readonly<Record<string, string>> = { own: "yes" };
/** The annotations of a CRD whose kind is switched off. */
export const DISABLED: Readonly<Record<string, string>> = { "polykind.dev/disabled": "true" };

/** A life's uid. */
export function uidOf(life: number): string {
  return `u${life}`;
}

/** The life of a uid. */
export function lifeOf(uid: string): number {
  return Number(uid.slice(1));
}

/** Whether what is written on a CRD lets anything of its kind run. */
export function isFree({ labels, annotations }: CrdDescriptor): boolean {
  return labels === SELECTED && annotations !== DISABLED;
}

function makeCrd(look: Look): CrdDescriptor {
  const { life, at, generation, isEstablished, isTerminating, isSelected, isDisabled } = look;
  const versions = ["v2", "v1"].map((name) => makeVersion(name, look));
  return {
    name: "balls.x.example.com",
    uid: uidOf(life),
    resourceVersion: String(life * 100 + at),
    generation,
    labels: isSelected ? SELECTED : {},
    annotations: isDisabled ? DISABLED : {},
    group: "x.example.com",
    names: { plural: "balls", kind: "Ball" },
    resourceScope: life % 2 === 1 ? "Namespaced" : "Cluster",
    versions,
    storedVersions: ["v1"],
    conversion: { strategy: "None", hash: "" },
    isEstablished,
    namesAccepted: { status: isEstablished ? "True" : "Unknown", reason: "", message: "" },
    isTerminating,
  };
}

function makeVersion(name: string, { served, generation }: Look): VersionDescriptor {
  return {
    name,
    isServed: served.split(",").includes(name),
    isStorage: name === "v1",
    isDeprecated: false,
    schemaHash: String(generation),
    bodyHash: "",
    hasStatus: false,
    hasScale: false,
    selectableFields: [],
  };
}

function makeVerdict(served: Served, bound: readonly PluginName[], digest: number): Verdict {
  if (bound.length === 0) return { type: "none" };
  const bindings = bound.flatMap((plugin): readonly Binding[] => {
    if (plugin === "q") return served === "v2" ? [] : [{ plugin, digest: "0", version: "v1" }];
    return [{ plugin, digest: String(digest), version: served === "v1" ? "v1" : "v2" }];
  });
  return bindings.length === 0 ? { type: "incompatible", message: "q has no version in common" } : { type: "bound", bindings };
}
