export { builtinSchema } from "./builtin-schema.ts";
