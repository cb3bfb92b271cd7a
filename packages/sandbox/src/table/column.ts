/** What a `Table` tells of one of its columns. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  /** `name` for the column of names, `""` otherwise. */
  readonly format: string;
  readonly description: string;
  /** Above 0: shown only when more is asked for. */
  readonly priority: number;
}

/** A column and how its cells are made. */
export interface Column {
  readonly definition: ColumnDefinition;
  /** @param nowMs Unix milliseconds, for ages. */
  readonly cell: (object: unknown, nowMs: number) => unknown;
}
