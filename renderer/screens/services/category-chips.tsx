/**
 * One category at a time, or all: a group of radio buttons that look like chips, so arrows and screen readers know them.
 */
import { useId, type ReactNode } from 'react';
import { text } from '../../messages.ts';
import { categoryText, type Category } from '../../words/catalogue.ts';

export function CategoryChips({
  categories,
  chosen,
  onChoose,
}: {
  categories: readonly Category[];
  chosen: Category | null;
  onChoose: (category: Category | null) => void;
}): ReactNode {
  const name = useId();
  return (
    <fieldset className="chips">
      <legend className="visually-hidden">{text('page.services.category')}</legend>
      {[null, ...categories].map((category) => (
        <label key={category ?? ''} className="chip">
          <input
            type="radio"
            name={name}
            className="visually-hidden"
            checked={category === chosen}
            onChange={() => onChoose(category)}
          />
          <span>{category === null ? text('page.services.category.all') : categoryText(category)}</span>
        </label>
      ))}
    </fieldset>
  );
}
