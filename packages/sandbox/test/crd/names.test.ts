import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CrdNames, CustomResourceDefinition } from "@polykind/apimachinery";
import { decideNames, hasAllNames } from "../../src/crd/names.ts";

function crdOf(names: CrdNames, acceptedNames?: Partial<CrdNames>): CustomResourceDefinition {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${names.plural}.example.com`, uid: "", resourceVersion: "", creationTimestamp: "" },
    spec: { group: "example.com", scope: "Namespaced", names, versions: [] },
    status: { acceptedNames: { plural: "", kind: "", ...acceptedNames } },
  };
}

const SAME: CrdNames = { plural: "apples", singular: "apple", kind: "Apple", listKind: "AppleList", shortNames: ["ap"] };
const TAKEN = crdOf(SAME, SAME);
const FREE: CrdNames = { plural: "pears", singular: "pear", kind: "Pear", listKind: "PearList", shortNames: ["pe"] };

describe("names of a CRD", () => {
  for (const { why, wished, reason, message } of [
    { why: "are accepted when nobody has them", wished: FREE, reason: "NoConflicts", message: "no conflicts found" },
    {
      why: "may not be the plural of another",
      wished: { ...FREE, plural: "apples" },
      reason: "PluralConflict",
      message: '"apples" is already in use',
    },
    {
      why: "may not be the short name of another either: both stand in the same place",
      wished: { ...FREE, plural: "ap" },
      reason: "PluralConflict",
      message: '"ap" is already in use',
    },
    {
      why: "may not be the singular of another",
      wished: { ...FREE, singular: "apple" },
      reason: "SingularConflict",
      message: '"apple" is already in use',
    },
    {
      why: "may not be the kind of another",
      wished: { ...FREE, kind: "Apple" },
      reason: "KindConflict",
      message: '"Apple" is already in use',
    },
    {
      why: "may not be the list kind of another",
      wished: { ...FREE, kind: "AppleList" },
      reason: "KindConflict",
      message: '"AppleList" is already in use',
    },
    {
      why: "tell all short names that are taken",
      wished: { ...FREE, shortNames: ["ap", "apple", "pe"] },
      reason: "ShortNamesConflict",
      message: '["ap" is already in use, "apple" is already in use]',
    },
    {
      why: "tell the last of several conflicts",
      wished: { ...FREE, plural: "apples", listKind: "AppleList" },
      reason: "ListKindConflict",
      message: '"AppleList" is already in use',
    },
  ]) {
    test(why, () => {
      const decision = decideNames(crdOf(wished), [TAKEN]);
      assert.deepEqual([decision.reason, decision.message, decision.isAccepted], [reason, message, reason === "NoConflicts"]);
    });
  }

  test("are accepted one by one: what is free is taken even when another is not", () => {
    const { acceptedNames } = decideNames(crdOf({ ...FREE, kind: "Apple" }), [TAKEN]);
    assert.deepEqual(acceptedNames, { plural: "pears", singular: "pear", shortNames: ["pe"], kind: "", listKind: "PearList" });
  });

  test("stay as they were where a later wish is taken", () => {
    const { acceptedNames } = decideNames(crdOf({ ...FREE, shortNames: ["ap"] }, FREE), [TAKEN]);
    assert.deepEqual(acceptedNames.shortNames, ["pe"]);
  });

  test("of one's own are not in conflict with oneself", () => {
    assert.equal(decideNames(crdOf({ ...FREE, shortNames: ["pe", "px"] }, FREE), [TAKEN]).isAccepted, true);
  });

  test("are complete when the accepted ones are those wished for, absent lists being empty ones", () => {
    assert.equal(
      hasAllNames(crdOf({ ...FREE, shortNames: [] }, { plural: "pears", singular: "pear", kind: "Pear", listKind: "PearList" })),
      true,
    );
    assert.equal(hasAllNames(crdOf(FREE, { ...FREE, kind: "" })), false);
  });
});
