export type { DirectoryObserver, WatchDirectory } from "./directory-watch.ts";
export { type AddOptions, openPluginHost, PluginHost, type PluginHostOptions, type PluginNotices } from "./host.ts";
export { type PluginPlace, pluginPlacesOf } from "./load-failure.ts";
export type { PluginManifest } from "./manifest.ts";
export { type IncompatiblePlugin, type Match, matchPlugins, type PluginBinding, type PluginConflict } from "./match.ts";
export type { LoadedPlugin, PluginRecord, RejectedPlugin } from "./record.ts";
