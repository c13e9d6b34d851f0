/**
 * How set-up talks with the person: the part of a terminal that it needs.
 */
export type Dialogue = {
  note(text: string): void;
  /** Whether somebody watches and can answer. */
  interactive: boolean;
  draw(line: string): void;
  settle(): void;
  ask(question: string): Promise<string | null>;
};
