export { main } from "./main.ts";
export { HOST_VERSION } from "./version.ts";
