/**
 * A list of texts or numbers. What is being typed is one of them already: nobody loses the last for want of a key.
 */
import { TagsInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';

type Properties = {
  id: string;
  label: string;
  description: string;
  error: string | undefined;
  withAsterisk: boolean;
  value: readonly string[];
  unique: boolean;
  onChange: (value: readonly string[]) => void;
  onBlur: () => void;
};

export function ListField({ value, unique, onChange, ...input }: Properties): ReactNode {
  const [typed, setTyped] = useState('');
  const last = typed.trim();
  const entered = last === '' ? value : value.slice(0, -1);
  return (
    // What is pasted is typed: it can still be corrected before it becomes a value.
    <div onPasteCapture={(event) => event.stopPropagation()}>
      <TagsInput
        {...input}
        value={[...entered]}
        onChange={(items) => {
          // What was typed is the one that was added; it is still being typed when another was taken away.
          const added = items.length > entered.length;
          onChange(added || last === '' ? items.map((item) => item.trim()) : [...items, last]);
        }}
        searchValue={typed}
        onSearchChange={(words) => {
          setTyped(words);
          onChange(words.trim() === '' ? entered : [...entered, words.trim()]);
        }}
        // A value may hold any character.
        splitChars={[]}
        allowDuplicates={!unique}
        openOnFocus={false}
      />
    </div>
  );
}
