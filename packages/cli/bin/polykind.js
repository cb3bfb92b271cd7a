#!/usr/bin/env node
/* oxlint-disable no-var -- an old Node must be able to read this */
// Old syntax up to the import: an old Node must be able to read this and to say what it lacks.
var needed = [24, 15];
var parts = process.versions.node.split(".");
var major = Number(parts[0]);
var isEnough = major > 24 ? major >= 26 : major === needed[0] && Number(parts[1]) >= needed[1];
if (!isEnough) {
  console.error(
    "polykind needs Node ^" +
      needed.join(".") +
      " or >= 26, this is v" +
      process.versions.node +
      "; run it with `npx polykind …` in its repository, or with a newer Node",
  );
  process.exit(1);
}
import("../dist/main.js").then(
  function (cli) {
    return cli.main(process.argv);
  },
  function (cause) {
    console.error("cannot load polykind: " + (cause && cause.message) + "; is it built? (npm run build)");
    process.exit(1);
  },
);
