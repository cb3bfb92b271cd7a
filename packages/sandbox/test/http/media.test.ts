import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aggregatedDiscoveryType, wantedOf } from "../../src/http/media.ts";
import { StatusError } from "../../src/status/index.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

describe("what a request accepts", () => {
  for (const { why, accept, as, format = "json" } of [
    { why: "is JSON when it says nothing", accept: undefined, as: "Object" },
    { why: "is JSON when it takes anything", accept: "*/*", as: "Object" },
    {
      why: "is a table, as kubectl asks for it",
      accept: `${TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`,
      as: "Table",
    },
    {
      why: "is JSON when a table is of no version that we know",
      accept: "application/json;as=Table;v=v9;g=meta.k8s.io,application/json",
      as: "Object",
    },
    { why: "is metadata only", accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", as: "PartialObjectMetadata" },
    { why: "is JSON when protobuf comes first", accept: "application/vnd.kubernetes.protobuf,application/json", as: "Object" },
    { why: "is YAML", accept: "application/yaml", as: "Object", format: "yaml" },
    { why: "is what is wanted most", accept: "application/yaml;q=0.1,application/json;q=0.9", as: "Object" },
  ]) {
    test(why, () => assert.deepEqual([wantedOf(accept, null).shape.as, wantedOf(accept, null).format], [as, format]));
  }

  test("is refused when there is no form that we have", () => {
    assert.throws(
      () => wantedOf("text/html", null),
      (thrown) => thrown instanceof StatusError && thrown.code === 406,
    );
  });

  test("is aggregated discovery only where that comes before plain JSON", () => {
    assert.equal(aggregatedDiscoveryType(`${AGGREGATED},application/json`), AGGREGATED);
    assert.equal(aggregatedDiscoveryType(`application/json,${AGGREGATED}`), undefined);
    assert.equal(aggregatedDiscoveryType(undefined), undefined);
  });
});
