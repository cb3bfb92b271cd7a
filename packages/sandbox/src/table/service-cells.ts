import { listAt, numberAt, orNone, textAt } from "./values.ts";

/** The address within the cluster, as kubectl shows it. */
export function clusterIpText(service: unknown): string {
  return orNone(textAt(service, "spec", "clusterIP"));
}

/** The addresses outside of the cluster, by the service's type. */
export function externalIpText(service: unknown): string {
  const external = listAt(service, "spec", "externalIPs").map(String);
  switch (textAt(service, "spec", "type")) {
    case "ExternalName":
      return textAt(service, "spec", "externalName");
    case "LoadBalancer": {
      const ingress = listAt(service, "status", "loadBalancer", "ingress").map((each) => textAt(each, "ip") || textAt(each, "hostname"));
      const all = [...ingress, ...external];
      return all.length === 0 ? "<pending>" : all.join(",");
    }
    default:
      return orNone(external.join(","));
  }
}

/** The ports with their protocols, and those of the nodes. */
export function portsText(service: unknown): string {
  const ports = listAt(service, "spec", "ports").map((port) => {
    const nodePort = numberAt(port, "nodePort");
    return `${numberAt(port, "port")}${nodePort > 0 ? `:${nodePort}` : ""}/${textAt(port, "protocol")}`;
  });
  return orNone(ports.join(","));
}
