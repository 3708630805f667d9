/** A mode for tests. */
import type { ModeShape } from '../../protocol/generated';

export const DEBATE: ModeShape = {
  name: 'debate',
  title: 'Debate',
  about: 'Sides argue.',
  phases: ['openings', 'rebuttals', 'verdict'],
  offices: ['judge'],
  least: 2,
  most: 4,
  rounds: 2,
  takes_choices: true,
  takes_people: false,
};
