export {
  duplicate as duplicateValue,
  forbidden as forbiddenValue,
  invalid as invalidValue,
  notSupported as unsupportedValue,
  required,
} from "../schema/field-error.ts";
