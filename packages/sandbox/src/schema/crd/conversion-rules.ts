import { X509Certificate } from "node:crypto";
import { type FieldError, forbidden, invalid, notSupported, required } from "../field-error.ts";
import { child, item } from "../field-path.ts";
import { dns1035LabelErrors, subdomainErrors } from "../meta/names.ts";
import type { Conversion } from "./crd-types.ts";

/** What an older CRD excuses. */
export interface ConversionOptions {
  /** Whether one of the versions of the review must be one that the server speaks. */
  readonly needsKnownReview: boolean;
  readonly allowsBadCaBundle: boolean;
}

type ClientConfig = NonNullable<NonNullable<Conversion["webhook"]>["clientConfig"]>;

const URL_FORM = "; desired format: https://host[/path]";

/** What is wrong with `spec.conversion`. Messages name the fields as the server's internal type does. */
export function conversionErrors(conversion: Conversion | undefined, path: string, options: ConversionOptions): readonly FieldError[] {
  if (conversion === undefined) return [];
  const { strategy = "", webhook } = conversion;
  const errors = strategyErrors(strategy, child(path, "strategy"));
  const at = child(path, "webhookClientConfig");
  const versions = webhook?.conversionReviewVersions ?? [];
  const versionsAt = child(path, "conversionReviewVersions");
  const why = "should not be set when strategy is not set to Webhook";
  if (strategy !== "Webhook") {
    if (webhook?.clientConfig !== undefined) errors.push(forbidden(at, why));
    if (versions.length > 0) errors.push(forbidden(versionsAt, why));
    return errors;
  }
  if (webhook?.clientConfig === undefined) errors.push(required(at, "required when strategy is set to Webhook"));
  else errors.push(...clientErrors(webhook.clientConfig, at, options));
  return [...errors, ...reviewVersionErrors(versions, versionsAt, options)];
}

function strategyErrors(strategy: string, path: string): FieldError[] {
  if (strategy === "") return [required(path)];
  return strategy === "None" || strategy === "Webhook" ? [] : [notSupported(path, strategy, ["None", "Webhook"])];
}

function clientErrors({ url, service, caBundle = "" }: ClientConfig, path: string, options: ConversionOptions): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((url === undefined) === (service === undefined)) errors.push(required(path, "exactly one of url or service is required"));
  else if (url !== undefined) errors.push(...webhookUrlErrors(url, child(path, "url")));
  else if (service !== undefined) errors.push(...serviceErrors(service, child(path, "service")));
  if (caBundle !== "" && !options.allowsBadCaBundle && !isCaBundle(caBundle)) {
    errors.push(invalid(child(path, "caBundle"), caBundle, "unable to load root certificates: unable to parse bytes as PEM block"));
  }
  return errors;
}

/** Whether base64 holds at least one certificate in PEM form. */
export function isCaBundle(caBundle: string): boolean {
  const blocks =
    Buffer.from(caBundle, "base64")
      .toString("latin1")
      .match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length > 0 && blocks.every((block) => new X509Certificate(block).serialNumber !== "");
  } catch {
    return false;
  }
}

function webhookUrlErrors(url: string, path: string): readonly FieldError[] {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:([^/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(url);
  const [, scheme = "", user, host = "", , query = "", fragment = ""] = match ?? [];
  const errors: FieldError[] = [];
  if (scheme.toLowerCase() !== "https")
    errors.push(invalid(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${URL_FORM}`));
  if (host === "") errors.push(invalid(path, host, `host must be specified${URL_FORM}`));
  if (user !== undefined) errors.push(invalid(path, user, "user information is not permitted in the URL"));
  if (fragment !== "") errors.push(invalid(path, fragment, "fragments are not permitted in the URL"));
  if (query !== "") errors.push(invalid(path, query, "query parameters are not permitted in the URL"));
  return errors;
}

function serviceErrors(service: NonNullable<ClientConfig["service"]>, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { name = "", namespace = "", port = 0 } = service;
  // The server mixes the two up, and so do its messages.
  if (namespace === "") errors.push(required(child(path, "name")));
  if (name === "") errors.push(required(child(path, "namespace")));
  if (port < 1 || port > 65535)
    errors.push(invalid(child(path, "port"), port, "port is not valid: must be between 1 and 65535, inclusive"));
  return [...errors, ...pathErrors(service.path ?? "", child(path, "path"))];
}

function pathErrors(urlPath: string, path: string): readonly FieldError[] {
  if (urlPath === "" || urlPath === "/") return [];
  if (urlPath === "//") return [invalid(path, urlPath, "segment[0] may not be empty")];
  const start = urlPath.startsWith("/") ? [] : [invalid(path, urlPath, "must start with a '/'")];
  const steps = urlPath.slice(1).replace(/\/$/, "").split("/");
  const ofSteps = steps.flatMap((step, index) => {
    if (step === "") return [invalid(path, urlPath, `segment[${index}] may not be empty`)];
    return subdomainErrors(step).map((error) => invalid(path, urlPath, `segment[${index}]: ${error}`));
  });
  return [...start, ...ofSteps];
}

function reviewVersionErrors(versions: readonly string[], path: string, { needsKnownReview }: ConversionOptions): readonly FieldError[] {
  if (versions.length === 0) return [required(path)];
  const errors = versions.flatMap((version, index) => {
    if (versions.indexOf(version) !== index) return [invalid(item(path, index), version, "duplicate version")];
    return dns1035LabelErrors(version).map((error) => invalid(item(path, index), version, error));
  });
  if (needsKnownReview && !hasKnownReview(versions)) errors.push(invalid(path, versions, "must include at least one of v1, v1beta1"));
  return errors;
}

/** Whether the server speaks one of the versions of a conversion review. */
export function hasKnownReview(versions: readonly string[]): boolean {
  return versions.includes("v1") || versions.includes("v1beta1");
}
