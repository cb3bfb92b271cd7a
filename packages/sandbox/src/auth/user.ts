/** Who asks, as authentication found out. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** The user of the kubeconfig: may do everything. */
export const ADMIN: User = { name: "admin", groups: ["system:masters", "system:authenticated"] };
