import { keyOf, type KubeObject, type Manifest, type OwnerReference, type Resource } from "@polykind/apimachinery";
import { PolykindError } from "@polykind/core";

/**
 * The manifest with `owner` as its controlling owner, in the owner's namespace unless it names one.
 *
 * @throws PolykindError `API_INVALID` for an owner that Kubernetes would collect the object for at once: one with a namespace cannot own what has another, or none.
 */
export function withOwner(manifest: Manifest, owner: KubeObject | undefined, resource: Resource): Manifest {
  if (owner === undefined) return manifest;
  const { metadata } = manifest;
  const isNamespaced = resource.resourceScope === "Namespaced";
  const namespace = metadata.namespace ?? (isNamespaced ? owner.metadata.namespace : undefined);
  if (owner.metadata.namespace !== undefined && owner.metadata.namespace !== namespace) {
    const what = `${manifest.kind} ${keyOf({ name: metadata.name ?? "", ...(namespace !== undefined && { namespace }) })}`;
    throw new PolykindError(
      "API_INVALID",
      `cannot let ${owner.kind} ${keyOf(owner.metadata)} own ${what}: an owner must be in the same namespace, or in none`,
    );
  }
  const others = (metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  return {
    ...manifest,
    metadata: { ...metadata, ...(namespace !== undefined && { namespace }), ownerReferences: [...others, ownerReferenceTo(owner)] },
  };
}

function ownerReferenceTo({ apiVersion, kind, metadata: { name, uid } }: KubeObject): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}
