const LABEL_FORM = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_FORM = `${LABEL_FORM}(\\.${LABEL_FORM})*`;
const DNS1035_FORM = "[a-z]([-a-z0-9]*[a-z0-9])?";
const KEY_FORM = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const VALUE_FORM = `(${KEY_FORM})?`;
const KEY_RULE = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** What is wrong with a name; nothing when it is right. */
export type NameCheck = (name: string) => readonly string[];

function formError(rule: string, form: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(" or ");
  return `${rule} (e.g. ${shown}regex used for validation is '${form}')`;
}

function lengthError(text: string, max: number): readonly string[] {
  return Buffer.byteLength(text) > max ? [`must be no more than ${max} bytes`] : [];
}

function matches(text: string, form: string): boolean {
  return new RegExp(`^${form}$`).test(text);
}

/** RFC 1123 subdomain: `example.com`. */
export function subdomainErrors(name: string): readonly string[] {
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...lengthError(name, 253), ...(matches(name, SUBDOMAIN_FORM) ? [] : [formError(rule, SUBDOMAIN_FORM, ["example.com"])])];
}

/** RFC 1123 label: `my-name`. */
export function labelErrors(name: string): readonly string[] {
  const errors = lengthError(name, 63);
  if (matches(name, LABEL_FORM)) return errors;
  if (matches(name, SUBDOMAIN_FORM)) return [...errors, "must not contain dots"];
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  return [...errors, formError(rule, LABEL_FORM, ["my-name", "123-abc"])];
}

/** RFC 1035 label: begins with a letter. */
export function dns1035LabelErrors(name: string): readonly string[] {
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  const tooLong = name.length > 63 ? ["must be no more than 63 characters"] : [];
  return [...tooLong, ...(matches(name, DNS1035_FORM) ? [] : [formError(rule, DNS1035_FORM, ["my-name", "abc-123"])])];
}

/** A name that may be one segment of an URL's path. */
export function pathSegmentErrors(name: string): readonly string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((each) => name.includes(each)).map((each) => `may not contain '${each}'`);
}

/** Key of a label or an annotation, name of a finalizer: `example.com/name` or `name`. */
export function qualifiedNameErrors(key: string): readonly string[] {
  const parts = key.split("/");
  const examples = ["MyName", "my.name", "123-abc"];
  const [prefix, name] = parts.length === 2 ? [parts[0] ?? "", parts[1] ?? ""] : [undefined, parts[0] ?? ""];
  if (parts.length > 2) {
    return [
      `a valid label key ${formError(KEY_RULE, KEY_FORM, examples)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const ofName = name === "" ? ["must be non-empty"] : lengthError(name, 63);
  const form = matches(name, KEY_FORM) ? [] : [formError(KEY_RULE, KEY_FORM, examples)];
  return [...prefixErrors(prefix), ...[...ofName, ...form].map((error) => `name part ${error}`)];
}

function prefixErrors(prefix: string | undefined): readonly string[] {
  if (prefix === undefined) return [];
  return (prefix === "" ? ["must be non-empty"] : subdomainErrors(prefix)).map((error) => `prefix part ${error}`);
}

/** Value of a label. */
export function labelValueErrors(value: string): readonly string[] {
  const rule = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;
  const form = matches(value, VALUE_FORM) ? [] : [formError(rule, VALUE_FORM, ["MyValue", "my_value", "12345"])];
  return [...lengthError(value, 63), ...form];
}

/** A prefix to which a generated suffix will be added: a dash at its end counts as a letter. */
export function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
}
