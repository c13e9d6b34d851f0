/** A text as one word of bash, zsh or fish: all read a quote outside of quotes as \\'. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
