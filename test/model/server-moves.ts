import { queued } from "./post.ts";
import {
  type Action,
  type Budget,
  excluding,
  including,
  type Look,
  type Move,
  type News,
  type PluginName,
  type Served,
  type Server,
  type World,
} from "./world.ts";

/** What the API server and those who use it may do now. */
export function serverMoves(world: World): readonly Action[] {
  const { server } = world;
  return server.crd === undefined ? beginnings(world) : [...happenings(world, server.crd), ...edits(world, server.crd)];
}

function beginnings(world: World): readonly Action[] {
  const { server } = world;
  if (server.lives >= world.left.lives) return [];
  const life = server.lives + 1;
  const versions: readonly Served[] = life === 2 ? ["v2"] : ["v1,v2"];
  return versions.flatMap((served) => {
    const crd: Look = {
      life,
      at: 1,
      generation: 1,
      isEstablished: false,
      served,
      isTerminating: false,
      isSelected: true,
      isDisabled: false,
    };
    const created = { ...server, crd, lives: life };
    const plain = move({ type: "create", served, hasRival: false }, `the CRD is created, life ${life}, ${served}`, () =>
      seen(world, created),
    );
    if (world.left.rivals === 0 || world.left.total === 0) return [plain];
    return [
      plain,
      move({ type: "create", served, hasRival: true }, `the CRD is created, life ${life}; another one holds its names`, () =>
        seen(spend(world, "rivals"), { ...created, hasRival: true }),
      ),
    ];
  });
}

/** What goes on by itself. */
function happenings(world: World, crd: Look): readonly Action[] {
  const { server } = world;
  const actions: Action[] = [];
  if (server.hasRival)
    actions.push(
      fair({ type: "lose rival" }, "the other CRD that held the names goes", () => ({ ...world, server: { ...server, hasRival: false } })),
    );
  else if (!crd.isEstablished && !crd.isTerminating)
    actions.push(fair({ type: "establish" }, "the CRD is established", () => seen(world, change(server, { isEstablished: true }))));
  for (const plugin of crd.isTerminating ? server.own : server.ending)
    if (isUp(world, crd, plugin))
      actions.push(
        fair({ type: "finalize", plugin }, `${plugin} finalizes the last object that waits for it`, () => withoutOwn(world, plugin)),
      );
  if (!crd.isTerminating) return actions;
  if (server.hasForeign)
    actions.push(
      fair({ type: "lose foreign" }, "somebody else takes a finalizer away", () => ({
        ...world,
        server: { ...server, hasForeign: false },
      })),
    );
  if (server.own.length === 0 && !server.hasForeign) actions.push(fair({ type: "end" }, "the CRD is gone", () => gone(world, crd)));
  return actions;
}

function isUp({ held }: World, crd: Look, plugin: PluginName): boolean {
  return held.some((each) => each.plugin === plugin && each.phase === "up" && each.life === crd.life);
}

function withoutOwn(world: World, plugin: PluginName): World {
  const { server } = world;
  return { ...world, server: { ...server, own: excluding(server.own, plugin), ending: excluding(server.ending, plugin) } };
}

function gone(world: World, { life }: Look): World {
  return {
    ...world,
    server: { ...world.server, crd: undefined, hasRival: false, own: [], ending: [] },
    queue: queued(world.queue, { type: "gone", life }),
  };
}

/** What somebody may do to the CRD and its objects. */
function edits(world: World, crd: Look): readonly Action[] {
  const { server, left } = world;
  if (crd.isTerminating) return [];
  const actions = [move({ type: "delete" }, "the CRD is deleted", () => seen(world, change(server, { isTerminating: true })))];
  if (left.total === 0) return actions;
  if (left.edits > 0)
    actions.push(
      move({ type: "describe" }, "a description in the CRD is edited", () =>
        seen(spend(world, "edits"), change(server, { generation: crd.generation + 1 })),
      ),
    );
  if (left.marks > 0) actions.push(...markings(world, crd));
  if (left.versionEdits > 0)
    for (const served of (["v1", "v2", "v1,v2"] as const).filter(
      (each) => each !== crd.served && (each === "v1,v2" || crd.served === "v1,v2"),
    ))
      actions.push(
        move({ type: "serve", served }, `the CRD serves ${served} now`, () =>
          seen(spend(world, "versionEdits"), change(server, { served, generation: crd.generation + 1 })),
        ),
      );
  if (left.objects === 0 || !crd.isEstablished) return actions;
  for (const plugin of ["p", "q"] as const)
    if (!server.own.includes(plugin) && world.held.some((held) => held.plugin === plugin && !held.isRetiring && isUp(world, crd, plugin)))
      actions.push(
        move({ type: "own object", plugin }, `an object comes, and ${plugin} puts its finalizer on it`, () => ({
          ...spend(world, "objects"),
          server: { ...server, own: including(server.own, plugin) },
        })),
      );
  for (const plugin of server.own)
    if (!server.ending.includes(plugin))
      actions.push(
        move({ type: "delete objects", plugin }, `the objects of ${plugin} are deleted`, () => ({
          ...spend(world, "objects"),
          server: { ...server, ending: including(server.ending, plugin) },
        })),
      );
  if (!server.hasForeign)
    actions.push(
      move({ type: "foreign object" }, "an object comes with somebody else's finalizer", () => ({
        ...spend(world, "objects"),
        server: { ...server, hasForeign: true },
      })),
    );
  return actions;
}

/** Labels and annotations say whether anything of the kind may run. */
function markings(world: World, { isSelected, isDisabled }: Look): readonly Action[] {
  const { server } = world;
  return [
    move(
      { type: isSelected ? "deselect" : "select" },
      isSelected ? "the CRD loses the label that the process selects" : "the CRD gets the label that the process selects",
      () => seen(spend(world, "marks"), change(server, { isSelected: !isSelected })),
    ),
    move({ type: isDisabled ? "enable" : "disable" }, `the kind is switched ${isDisabled ? "on again" : "off"}`, () =>
      seen(spend(world, "marks"), change(server, { isDisabled: !isDisabled })),
    ),
  ];
}

function change(server: Server, to: Partial<Look>): Server {
  const { crd } = server;
  return crd === undefined ? server : { ...server, crd: { ...crd, ...to, at: crd.at + 1 } };
}

function seen(world: World, server: Server): World {
  const news: readonly News[] = server.crd === undefined ? [] : [{ type: "seen", look: server.crd }];
  return { ...world, server, queue: news.reduce(queued, world.queue) };
}

/** One less of what may happen. */
export function spend(world: World, what: keyof Budget): World {
  return { ...world, left: { ...world.left, [what]: world.left[what] - 1, total: world.left.total - 1 } };
}

function move(what: Move, text: string, to: () => World): Action {
  return { text, move: what, isFair: false, take: () => ({ world: to() }) };
}

function fair(what: Move, text: string, to: () => World): Action {
  return { text, move: what, isFair: true, take: () => ({ world: to() }) };
}
