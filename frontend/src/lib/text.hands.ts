/** The words of raised hands, which come with their code. */
import { withMore } from './text';

const EN = {
  hands: 'Raised hands',
  hand_raised: '{name} raised a hand',
  hand_raised_line: '{name} raised a hand: “{line}”',
  hand_next: '{name} speaks next',
  hand_grant: 'Let speak',
  hand_grant_one: 'Let {name} speak',
  hand_lower_one: 'Take {name}’s hand down',
  hands_more: '{count} more',
  hands_fewer: 'Show fewer',
} as const;

export const t = withMore(EN);
