/** Formats a table as text. The Markdown has prettier's format, so that generated files pass its check. */

export interface Column {
  readonly title: string
  readonly align: "left" | "right"
}

export interface Table {
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}

const widths = ({ columns, rows }: Table, smallest: number, withTitles: boolean) =>
  columns.map(({ title }, i) =>
    Math.max(smallest, withTitles ? title.length : 0, ...rows.map((row) => row[i]?.length ?? 0))
  )

const cell = (text: string, width: number, align: Column["align"]) =>
  align === "right" ? text.padStart(width) : text.padEnd(width)

/** Aligned columns without rules or titles. */
export const plain = (table: Table): string => {
  const width = widths(table, 0, false)
  return table.rows
    .map((row) =>
      table.columns
        .map(({ align }, i) => cell(row[i] ?? "", width[i]!, align))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

export const markdown = (table: Table): string => {
  const width = widths(table, 3, true)
  const line = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`
  const aligned = (row: ReadonlyArray<string>) =>
    line(table.columns.map(({ align }, i) => cell(row[i] ?? "", width[i]!, align)))
  const rule = line(
    table.columns.map(({ align }, i) =>
      align === "right" ? `${"-".repeat(width[i]! - 1)}:` : "-".repeat(width[i]!)
    )
  )
  return [aligned(table.columns.map(({ title }) => title)), rule, ...table.rows.map(aligned)].join("\n")
}
