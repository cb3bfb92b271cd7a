import type { CustomKinds } from "../crd/custom-kinds.ts";
import type { Collection } from "../store/collection.ts";
import type { KindName, Kinds } from "./kinds.ts";
import type { ServedKind } from "./served-kind.ts";

/** The built-in kinds and those of CRDs in one. */
export class Registry implements Kinds {
  readonly namespaces: Collection;
  readonly #builtin: ReadonlyMap<string, ServedKind>;
  readonly #groups: ReadonlySet<string>;
  readonly #custom: CustomKinds;

  constructor(builtin: readonly ServedKind[], custom: CustomKinds) {
    this.#builtin = new Map(builtin.map((kind) => [keyOf(kind), kind]));
    this.#groups = new Set(builtin.map(({ group }) => group));
    this.#custom = custom;
    const namespaces = this.#builtin.get(keyOf({ group: "", version: "v1", plural: "namespaces" }));
    if (namespaces === undefined) throw new TypeError("namespaces are a built-in kind");
    this.namespaces = namespaces.collection;
  }

  find(name: KindName): ServedKind | undefined {
    return this.#builtin.get(keyOf(name)) ?? this.#custom.find(name);
  }

  named(name: { readonly group: string; readonly version: string; readonly kind: string }): ServedKind | undefined {
    const builtin = this.#builtin
      .values()
      .find(({ group, version, kind }) => group === name.group && version === name.version && kind === name.kind);
    return builtin ?? this.#custom.named(name);
  }

  storedAs(collection: Collection): ServedKind | undefined {
    return this.#builtin.values().find((kind) => kind.collection === collection) ?? this.#custom.storedAs(collection);
  }

  all(): readonly ServedKind[] {
    return [...this.#builtin.values(), ...this.#custom.all()];
  }

  isBuiltinGroup(group: string): boolean {
    return this.#groups.has(group);
  }
}

function keyOf({ group, version, plural }: KindName): string {
  return `${group}/${version}/${plural}`;
}
