/** The path of the field `name` of `parent`; `""` is the root. */
export function child(parent: string, name: string): string {
  return parent === "" ? name : `${parent}.${name}`;
}

/** The path of an item of a list, or of a key of a map, at `parent`. */
export function item(parent: string, index: number | string): string {
  return `${parent}[${index}]`;
}
