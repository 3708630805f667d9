// Written by `manage.py export_protocol` from rooms/protocol and llm/protocol: change those.

import * as v from 'valibot';

export const PROTOCOL_VERSION = 1;

export const RoomLimits = v.object({
  chain_depth: v.nullable(v.number()),
  chain_turns: v.nullable(v.number()),
  chain_tokens: v.nullable(v.number()),
  chain_usd: v.nullable(v.number()),
  day_usd: v.nullable(v.number()),
  person_day_usd: v.nullable(v.number()),
});
export type RoomLimits = v.InferOutput<typeof RoomLimits>;

export const RoomShape = v.object({
  id: v.string(),
  name: v.string(),
  description: v.string(),
  visibility: v.picklist(['public', 'link', 'private']),
  invite: v.string(),
  default_model: v.string(),
  fallback_models: v.array(v.string()),
  wake_policy: v.picklist(['silent', 'reply_only', 'router']),
  hands: v.picklist(['people', 'policy']),
  memory_tokens: v.nullable(v.number()),
  limits: RoomLimits,
  created_at: v.string(),
  archived_at: v.nullable(v.string()),
});
export type RoomShape = v.InferOutput<typeof RoomShape>;

export const ParticipantShape = v.object({
  id: v.string(),
  kind: v.picklist(['human', 'persona']),
  name: v.string(),
  aliases: v.array(v.string()),
  title: v.string(),
  description: v.string(),
  avatar: v.string(),
  color: v.number(),
  role: v.picklist(['owner', 'moderator', 'member', 'viewer']),
  model: v.nullable(v.string()),
  is_scripted: v.boolean(),
  has_tools: v.nullable(v.boolean()),
  style: v.picklist(['conversational', 'detailed', 'bullet']),
  is_muted: v.boolean(),
  joined_at: v.string(),
  left_at: v.nullable(v.string()),
  is_banned: v.boolean(),
});
export type ParticipantShape = v.InferOutput<typeof ParticipantShape>;

export const ErrorShape = v.object({
  code: v.string(),
  message: v.string(),
});
export type ErrorShape = v.InferOutput<typeof ErrorShape>;

export const MessageShape = v.object({
  id: v.string(),
  seq: v.number(),
  kind: v.picklist(['chat', 'notice', 'poll']),
  participant_id: v.string(),
  text: v.string(),
  state: v.picklist(['complete', 'streaming', 'stopped', 'failed']),
  error: v.nullable(ErrorShape),
  reply_to_id: v.nullable(v.string()),
  is_quiet: v.boolean(),
  turn_id: v.nullable(v.string()),
  command_id: v.nullable(v.string()),
  fence: v.number(),
  index: v.number(),
  created_at: v.string(),
  finished_at: v.nullable(v.string()),
});
export type MessageShape = v.InferOutput<typeof MessageShape>;

export const YouShape = v.object({
  participant_id: v.string(),
  role: v.picklist(['owner', 'moderator', 'member', 'viewer']),
});
export type YouShape = v.InferOutput<typeof YouShape>;

export const PersonaSetup = v.object({
  participant_id: v.string(),
  prompt: v.string(),
  model: v.string(),
  fallbacks: v.array(v.string()),
  style: v.picklist(['conversational', 'detailed', 'bullet']),
});
export type PersonaSetup = v.InferOutput<typeof PersonaSetup>;

export const BallotShape = v.object({
  poll_id: v.string(),
  choices: v.array(v.number()),
  reason: v.string(),
});
export type BallotShape = v.InferOutput<typeof BallotShape>;

export const CountShape = v.object({
  total: v.number(),
  people: v.nullable(v.number()),
  personas: v.nullable(v.number()),
});
export type CountShape = v.InferOutput<typeof CountShape>;

export const ElectorateShape = v.object({
  people: v.number(),
  personas: v.number(),
});
export type ElectorateShape = v.InferOutput<typeof ElectorateShape>;

export const SharedModelShape = v.object({
  model: v.string(),
  voters: v.number(),
});
export type SharedModelShape = v.InferOutput<typeof SharedModelShape>;

export const PollShape = v.object({
  id: v.string(),
  participant_id: v.string(),
  question: v.string(),
  options: v.array(v.string()),
  is_multiple: v.boolean(),
  is_anonymous: v.boolean(),
  is_sealed: v.boolean(),
  persona_voting: v.picklist(['none', 'may', 'must']),
  created_at: v.string(),
  closes_at: v.nullable(v.string()),
  closed_at: v.nullable(v.string()),
  closed_by_id: v.nullable(v.string()),
  voters: CountShape,
  tally: v.nullable(v.array(CountShape)),
  shared_models: v.array(SharedModelShape),
  electorate: v.nullable(ElectorateShape),
  revision: v.number(),
});
export type PollShape = v.InferOutput<typeof PollShape>;

export const VoteShape = v.object({
  participant_id: v.nullable(v.string()),
  choices: v.array(v.number()),
  reason: v.string(),
});
export type VoteShape = v.InferOutput<typeof VoteShape>;

export const PollDetails = v.object({
  poll: PollShape,
  ballot: BallotShape,
  votes: v.array(VoteShape),
});
export type PollDetails = v.InferOutput<typeof PollDetails>;

export const Envelope = v.object({
  v: v.number(),
  room: v.string(),
  seq: v.nullable(v.number()),
  at: v.string(),
  type: v.string(),
  data: v.record(v.string(), v.unknown()),
});
export type Envelope = v.InferOutput<typeof Envelope>;

export const Session = v.object({
  kind: v.picklist(['anonymous', 'guest', 'user']),
  name: v.nullable(v.string()),
  is_staff: v.boolean(),
  csrf_token: v.string(),
  build: v.string(),
  is_demo: v.boolean(),
});
export type Session = v.InferOutput<typeof Session>;

export const Persona = v.object({
  id: v.string(),
  slug: v.string(),
  name: v.string(),
  title: v.string(),
  description: v.string(),
  avatar: v.string(),
  color: v.number(),
  model: v.nullable(v.string()),
  is_scripted: v.boolean(),
});
export type Persona = v.InferOutput<typeof Persona>;

export const PersonaList = v.object({
  results: v.array(Persona),
});
export type PersonaList = v.InferOutput<typeof PersonaList>;

export const PresetRun = v.object({
  title: v.string(),
  question: v.string(),
  about: v.string(),
  mode: v.string(),
  rounds: v.number(),
  quorum: v.number(),
  choices: v.array(v.string()),
  max_turns: v.number(),
  max_usd: v.number(),
});
export type PresetRun = v.InferOutput<typeof PresetRun>;

export const RunProposal = v.object({
  run: v.nullable(PresetRun),
  problem: v.string(),
});
export type RunProposal = v.InferOutput<typeof RunProposal>;

export const Preset = v.object({
  slug: v.string(),
  name: v.string(),
  description: v.string(),
  room_name: v.string(),
  room_description: v.string(),
  visibility: v.picklist(['public', 'link', 'private']),
  persona_ids: v.array(v.string()),
  proposal: RunProposal,
});
export type Preset = v.InferOutput<typeof Preset>;

export const PresetList = v.object({
  results: v.array(Preset),
});
export type PresetList = v.InferOutput<typeof PresetList>;

export const ModelShape = v.object({
  name: v.string(),
  label: v.string(),
  provider: v.string(),
  context_tokens: v.nullable(v.number()),
  output_tokens: v.nullable(v.number()),
  input_price: v.nullable(v.number()),
  output_price: v.nullable(v.number()),
  has_tools: v.nullable(v.boolean()),
  has_vision: v.nullable(v.boolean()),
  has_thinking: v.nullable(v.boolean()),
  is_scripted: v.boolean(),
});
export type ModelShape = v.InferOutput<typeof ModelShape>;

export const ModelList = v.object({
  results: v.array(ModelShape),
  total: v.number(),
  default: v.nullable(v.string()),
});
export type ModelList = v.InferOutput<typeof ModelList>;

export const BudgetState = v.object({
  scope: v.picklist(['chain', 'room_day', 'person_day']),
  limit_usd: v.number(),
  spent_usd: v.number(),
  reserved_usd: v.number(),
  level: v.picklist(['ok', 'warned', 'spent']),
});
export type BudgetState = v.InferOutput<typeof BudgetState>;

export const UsageTotal = v.object({
  calls: v.number(),
  input_tokens: v.number(),
  output_tokens: v.number(),
  cached_tokens: v.number(),
  cost_usd: v.number(),
  unpriced_calls: v.number(),
  untold_calls: v.number(),
  counted_usd: v.number(),
});
export type UsageTotal = v.InferOutput<typeof UsageTotal>;

export const UsageGroup = v.object({
  by: v.picklist(['persona', 'model', 'person', 'kind', 'room', 'day']),
  key: v.nullable(v.string()),
  name: v.string(),
  total: UsageTotal,
});
export type UsageGroup = v.InferOutput<typeof UsageGroup>;

export const UsageReport = v.object({
  total: UsageTotal,
  groups: v.array(UsageGroup),
  budgets: v.array(BudgetState),
});
export type UsageReport = v.InferOutput<typeof UsageReport>;

export const GivenCount = v.object({
  messages: v.number(),
  tokens: v.number(),
});
export type GivenCount = v.InferOutput<typeof GivenCount>;

export const GivenPart = v.object({
  role: v.picklist(['tools', 'system', 'user', 'assistant', 'tool']),
  name: v.string(),
  tokens: v.number(),
  text: v.string(),
});
export type GivenPart = v.InferOutput<typeof GivenPart>;

export const GivenShape = v.object({
  turn_id: v.string(),
  attempt: v.number(),
  attempts: v.array(v.number()),
  model: v.string(),
  layout: v.picklist(['persona-first', 'shared-first']),
  at: v.string(),
  budget: v.number(),
  tokens: v.number(),
  parts: v.array(GivenPart),
  verbatim: GivenCount,
  folded: GivenCount,
  recalled: GivenCount,
  dropped: GivenCount,
});
export type GivenShape = v.InferOutput<typeof GivenShape>;

export const FailedModelShape = v.object({
  model: v.string(),
  code: v.string(),
  message: v.string(),
});
export type FailedModelShape = v.InferOutput<typeof FailedModelShape>;

export const UsageShape = v.object({
  input_tokens: v.nullable(v.number()),
  output_tokens: v.nullable(v.number()),
  cached_tokens: v.nullable(v.number()),
  cost_usd: v.nullable(v.number()),
});
export type UsageShape = v.InferOutput<typeof UsageShape>;

export const RouterShape = v.object({
  state: v.picklist(['waiting', 'asking', 'decided', 'failed', 'late']),
  chosen_ids: v.array(v.string()),
  error_code: v.string(),
  model: v.string(),
  is_scripted: v.boolean(),
  usage: v.nullable(UsageShape),
});
export type RouterShape = v.InferOutput<typeof RouterShape>;

export const RunTurnShape = v.object({
  run_id: v.string(),
  number: v.number(),
  phase: v.string(),
  round: v.number(),
  part: v.picklist(['speaker', 'opening', 'rebuttal', 'answer', 'critique', 'vote', 'judge', 'judge_swapped', 'ranking', 'synthesis', 'leader', 'follower', 'hand']),
  task: v.string(),
  is_sealed: v.boolean(),
  is_retaken: v.boolean(),
});
export type RunTurnShape = v.InferOutput<typeof RunTurnShape>;

export const TurnShape = v.object({
  id: v.string(),
  participant_id: v.string(),
  trigger_message_id: v.string(),
  cause: v.picklist(['mention', 'mention_all', 'handover', 'reply', 'retry', 'continue', 'then', 'router', 'speak', 'poll', 'run', 'hand']),
  depth: v.number(),
  state: v.picklist(['queued', 'running', 'done', 'passed', 'stopped', 'failed', 'blocked']),
  error: v.nullable(ErrorShape),
  message_id: v.nullable(v.string()),
  cut_speaker: v.nullable(v.string()),
  thought_seconds: v.nullable(v.number()),
  model: v.string(),
  is_scripted: v.boolean(),
  failed_models: v.array(FailedModelShape),
  usage: v.nullable(UsageShape),
  run: v.nullable(RunTurnShape),
  created_at: v.string(),
  started_at: v.nullable(v.string()),
  ended_at: v.nullable(v.string()),
});
export type TurnShape = v.InferOutput<typeof TurnShape>;

export const WakeShape = v.object({
  participant_id: v.string(),
  why: v.picklist(['mention', 'all', 'reply', 'follow_up', 'handover', 'then', 'routed', 'speak', 'poll', 'run', 'author', 'other_called', 'silent', 'run_is_on', 'reply_only', 'router_off', 'router_no_question', 'informed', 'muted', 'quiet', 'archived', 'pending', 'too_many', 'poll_not_asked', 'no_tools']),
  task: v.string(),
  turn: v.nullable(TurnShape),
  step: v.nullable(v.picklist(['waiting', 'called', 'dropped'])),
  after_ids: v.array(v.string()),
  note: v.string(),
});
export type WakeShape = v.InferOutput<typeof WakeShape>;

export const WakesShape = v.object({
  message_id: v.string(),
  is_decided: v.boolean(),
  wakes: v.array(WakeShape),
  router: v.nullable(RouterShape),
});
export type WakesShape = v.InferOutput<typeof WakesShape>;

export const Face = v.object({
  name: v.string(),
  kind: v.picklist(['human', 'persona']),
  avatar: v.string(),
  color: v.number(),
});
export type Face = v.InferOutput<typeof Face>;

export const RoomCard = v.object({
  id: v.string(),
  name: v.string(),
  description: v.string(),
  visibility: v.picklist(['public', 'link', 'private']),
  is_member: v.boolean(),
  is_archived: v.boolean(),
  last_activity_at: v.string(),
  participants: v.array(Face),
  people: v.number(),
  personas: v.number(),
});
export type RoomCard = v.InferOutput<typeof RoomCard>;

export const RoomPage = v.object({
  results: v.array(RoomCard),
  next: v.nullable(v.string()),
});
export type RoomPage = v.InferOutput<typeof RoomPage>;

export const InvitedRoom = v.object({
  id: v.string(),
  name: v.string(),
  description: v.string(),
});
export type InvitedRoom = v.InferOutput<typeof InvitedRoom>;

export const Invite = v.object({
  room: InvitedRoom,
  participants: v.array(Face),
  people: v.number(),
  personas: v.number(),
  is_member: v.boolean(),
});
export type Invite = v.InferOutput<typeof Invite>;

export const RoomMade = v.object({
  room_id: v.string(),
});
export type RoomMade = v.InferOutput<typeof RoomMade>;

export const EventPage = v.object({
  events: v.array(Envelope),
  head_seq: v.number(),
  next: v.nullable(v.string()),
});
export type EventPage = v.InferOutput<typeof EventPage>;

export const ExcerptPiece = v.object({
  text: v.string(),
  is_match: v.boolean(),
});
export type ExcerptPiece = v.InferOutput<typeof ExcerptPiece>;

export const SearchHit = v.object({
  message: MessageShape,
  excerpt: v.array(ExcerptPiece),
});
export type SearchHit = v.InferOutput<typeof SearchHit>;

export const SearchPage = v.object({
  results: v.array(SearchHit),
  next: v.nullable(v.string()),
});
export type SearchPage = v.InferOutput<typeof SearchPage>;

export const MemoryCite = v.object({
  message_id: v.string(),
  seq: v.number(),
});
export type MemoryCite = v.InferOutput<typeof MemoryCite>;

export const MemoryLine = v.object({
  id: v.string(),
  text: v.string(),
  cites: v.array(MemoryCite),
  origin: v.picklist(['model', 'said', 'person']),
  by: v.nullable(v.string()),
});
export type MemoryLine = v.InferOutput<typeof MemoryLine>;

export const RoomMemoryShape = v.object({
  version: v.number(),
  upto_seq: v.number(),
  model: v.string(),
  changed_at: v.nullable(v.string()),
  lines: v.array(MemoryLine),
  tokens: v.number(),
  budget: v.number(),
});
export type RoomMemoryShape = v.InferOutput<typeof RoomMemoryShape>;

export const ModeShape = v.object({
  name: v.string(),
  title: v.string(),
  about: v.string(),
  phases: v.array(v.string()),
  offices: v.array(v.picklist(['judge', 'leader', 'chair'])),
  least: v.number(),
  most: v.number(),
  rounds: v.number(),
  takes_choices: v.boolean(),
  takes_people: v.boolean(),
});
export type ModeShape = v.InferOutput<typeof ModeShape>;

export const ModeList = v.object({
  results: v.array(ModeShape),
});
export type ModeList = v.InferOutput<typeof ModeList>;

export const AskShape = v.object({
  kind: v.picklist(['ballot', 'verdict', 'ranking', 'lead']),
  choices: v.array(v.string()),
});
export type AskShape = v.InferOutput<typeof AskShape>;

export const MyTurnShape = v.object({
  turn_id: v.nullable(v.string()),
  phase: v.string(),
  round: v.number(),
  task: v.string(),
  brief: v.string(),
  ask: v.nullable(AskShape),
});
export type MyTurnShape = v.InferOutput<typeof MyTurnShape>;

export const OutcomeDocument = v.object({
  markdown: v.string(),
});
export type OutcomeDocument = v.InferOutput<typeof OutcomeDocument>;

export const RangeShape = v.object({
  value: v.number(),
  low: v.number(),
  high: v.number(),
});
export type RangeShape = v.InferOutput<typeof RangeShape>;

export const GroupSizeShape = v.object({
  size: v.number(),
  votes: v.number(),
  same: v.number(),
  share: RangeShape,
});
export type GroupSizeShape = v.InferOutput<typeof GroupSizeShape>;

export const ModelPairShape = v.object({
  one: v.string(),
  other: v.string(),
  votes: v.number(),
  agreed: v.number(),
  beyond_chance: v.nullable(RangeShape),
});
export type ModelPairShape = v.InferOutput<typeof ModelPairShape>;

export const VoicePairShape = v.object({
  one_id: v.string(),
  other_id: v.string(),
  is_same_model: v.boolean(),
  basis: v.nullable(v.picklist(['own', 'models'])),
  votes: v.number(),
  agreed: v.number(),
  beyond_chance: v.nullable(RangeShape),
});
export type VoicePairShape = v.InferOutput<typeof VoicePairShape>;

export const RunAdvice = v.object({
  line: v.string(),
  votes: v.number(),
  least: v.number(),
  worth: v.nullable(RangeShape),
  one_more: v.nullable(v.number()),
  pairs: v.array(VoicePairShape),
  models: v.array(ModelPairShape),
  sizes: v.array(GroupSizeShape),
});
export type RunAdvice = v.InferOutput<typeof RunAdvice>;

export const OfficeShape = v.object({
  office: v.picklist(['judge', 'leader', 'chair']),
  participant_id: v.string(),
});
export type OfficeShape = v.InferOutput<typeof OfficeShape>;

export const RunEstimate = v.object({
  turns: v.number(),
  max_turns: v.number(),
  cast: v.array(v.string()),
  offices: v.array(OfficeShape),
  input_tokens: v.number(),
  output_tokens: v.number(),
  usd: v.nullable(v.number()),
  is_scripted: v.boolean(),
});
export type RunEstimate = v.InferOutput<typeof RunEstimate>;

export const ChangeShape = v.object({
  participant_id: v.string(),
  before: v.string(),
  after: v.string(),
  reason: v.string(),
  message_ids: v.array(v.string()),
});
export type ChangeShape = v.InferOutput<typeof ChangeShape>;

export const MinorityShape = v.object({
  participant_id: v.string(),
  choice: v.string(),
  reason: v.string(),
  message_ids: v.array(v.string()),
});
export type MinorityShape = v.InferOutput<typeof MinorityShape>;

export const PointShape = v.object({
  text: v.string(),
  message_ids: v.array(v.string()),
});
export type PointShape = v.InferOutput<typeof PointShape>;

export const SupportShape = v.object({
  choice: v.string(),
  participant_ids: v.array(v.string()),
  confidence: v.nullable(v.number()),
});
export type SupportShape = v.InferOutput<typeof SupportShape>;

export const OutcomeShape = v.object({
  decision: v.string(),
  is_decided: v.boolean(),
  message_ids: v.array(v.string()),
  before: v.array(SupportShape),
  after: v.array(SupportShape),
  changed: v.array(ChangeShape),
  minority: v.array(MinorityShape),
  questions: v.array(PointShape),
  tasks: v.array(PointShape),
  edited_by: v.nullable(v.string()),
  edited_at: v.nullable(v.string()),
  is_pinned: v.boolean(),
});
export type OutcomeShape = v.InferOutput<typeof OutcomeShape>;

export const RunEndShape = v.object({
  code: v.picklist(['finished', 'consensus', 'all_passed', 'time', 'messages', 'rounds', 'turns', 'cost', 'tokens', 'stall', 'repetition', 'errors', 'human', 'stopped', 'nobody_left', 'room_archived', 'internal']),
  message: v.string(),
});
export type RunEndShape = v.InferOutput<typeof RunEndShape>;

export const RunQuestionShape = v.object({
  text: v.string(),
  options: v.array(v.string()),
});
export type RunQuestionShape = v.InferOutput<typeof RunQuestionShape>;

export const RunShape = v.object({
  id: v.string(),
  revision: v.number(),
  mode: v.string(),
  goal: v.string(),
  message_id: v.string(),
  started_by: v.nullable(v.string()),
  cast: v.array(v.string()),
  offices: v.array(OfficeShape),
  choices: v.array(v.string()),
  rounds: v.number(),
  state: v.picklist(['running', 'paused', 'ended']),
  phase: v.string(),
  round: v.number(),
  turns: v.number(),
  max_turns: v.number(),
  now_ids: v.array(v.string()),
  is_sealed: v.boolean(),
  in_ids: v.array(v.string()),
  cost_usd: v.number(),
  unpriced_turns: v.number(),
  tokens: v.number(),
  max_usd: v.nullable(v.number()),
  seconds: v.number(),
  counted_from: v.nullable(v.string()),
  question: v.nullable(RunQuestionShape),
  end: v.nullable(RunEndShape),
  outcome: v.nullable(OutcomeShape),
  created_at: v.string(),
  ended_at: v.nullable(v.string()),
});
export type RunShape = v.InferOutput<typeof RunShape>;

export const RunPage = v.object({
  results: v.array(RunShape),
  next: v.nullable(v.string()),
});
export type RunPage = v.InferOutput<typeof RunPage>;

export const BudgetAlertShape = v.object({
  id: v.string(),
  scope: v.picklist(['chain', 'room_day', 'person_day']),
  level: v.picklist(['ok', 'warned', 'spent']),
  limit_usd: v.number(),
  spent_usd: v.number(),
  message: v.string(),
  message_id: v.nullable(v.string()),
  participant_id: v.nullable(v.string()),
  renews_at: v.nullable(v.string()),
});
export type BudgetAlertShape = v.InferOutput<typeof BudgetAlertShape>;

export const HandShape = v.object({
  id: v.string(),
  participant_id: v.string(),
  line: v.string(),
  source: v.picklist(['tool', 'router']),
  message_id: v.string(),
  run_id: v.nullable(v.string()),
  state: v.picklist(['raised', 'granted', 'lowered']),
  turn_id: v.nullable(v.string()),
  by: v.nullable(v.string()),
  raised_at: v.string(),
  ended_at: v.nullable(v.string()),
});
export type HandShape = v.InferOutput<typeof HandShape>;

export const MemoryMark = v.object({
  version: v.number(),
  upto_seq: v.number(),
  line_count: v.number(),
  changed_at: v.string(),
});
export type MemoryMark = v.InferOutput<typeof MemoryMark>;

export const MessagePage = v.object({
  messages: v.array(MessageShape),
  has_older: v.boolean(),
  polls: v.array(PollShape),
  ballots: v.array(BallotShape),
  next: v.nullable(v.string()),
  memory: v.array(MemoryMark),
  runs: v.array(RunShape),
  hands: v.array(HandShape),
  turns: v.array(TurnShape),
  budgets: v.array(BudgetAlertShape),
});
export type MessagePage = v.InferOutput<typeof MessagePage>;

export const RoomChanged = v.object({
  room: RoomShape,
});
export type RoomChanged = v.InferOutput<typeof RoomChanged>;

export const ParticipantChanged = v.object({
  participant: ParticipantShape,
});
export type ParticipantChanged = v.InferOutput<typeof ParticipantChanged>;

export const MessagePosted = v.object({
  message: MessageShape,
});
export type MessagePosted = v.InferOutput<typeof MessagePosted>;

export const MessageFinished = v.object({
  message: MessageShape,
});
export type MessageFinished = v.InferOutput<typeof MessageFinished>;

export const MessageResumed = v.object({
  message: MessageShape,
});
export type MessageResumed = v.InferOutput<typeof MessageResumed>;

export const Delta = v.object({
  message_id: v.string(),
  fence: v.number(),
  index: v.number(),
  text: v.string(),
});
export type Delta = v.InferOutput<typeof Delta>;

export const MessageDeltas = v.object({
  deltas: v.array(Delta),
});
export type MessageDeltas = v.InferOutput<typeof MessageDeltas>;

export const TypingChanged = v.object({
  participant_id: v.string(),
  is_typing: v.boolean(),
});
export type TypingChanged = v.InferOutput<typeof TypingChanged>;

export const PresenceChanged = v.object({
  present_ids: v.array(v.string()),
});
export type PresenceChanged = v.InferOutput<typeof PresenceChanged>;

export const Hello = v.object({
  protocol: v.number(),
  build: v.string(),
  epoch: v.string(),
  head_seq: v.number(),
  you: YouShape,
  present_ids: v.nullable(v.array(v.string())),
});
export type Hello = v.InferOutput<typeof Hello>;

export const Heartbeat = v.object({
  head_seq: v.number(),
});
export type Heartbeat = v.InferOutput<typeof Heartbeat>;

export const Reconnect = v.object({
  after_ms: v.number(),
});
export type Reconnect = v.InferOutput<typeof Reconnect>;

export const CommandOk = v.object({
  command_id: v.string(),
  result: v.record(v.string(), v.unknown()),
});
export type CommandOk = v.InferOutput<typeof CommandOk>;

export const CommandError = v.object({
  command_id: v.nullable(v.string()),
  code: v.string(),
  message: v.string(),
  detail: v.record(v.string(), v.unknown()),
});
export type CommandError = v.InferOutput<typeof CommandError>;

export const PollChanged = v.object({
  poll: PollShape,
});
export type PollChanged = v.InferOutput<typeof PollChanged>;

export const MemoryChanged = v.object({
  memory: MemoryMark,
});
export type MemoryChanged = v.InferOutput<typeof MemoryChanged>;

export const RunChanged = v.object({
  run: RunShape,
});
export type RunChanged = v.InferOutput<typeof RunChanged>;

export const HandChanged = v.object({
  hand: HandShape,
});
export type HandChanged = v.InferOutput<typeof HandChanged>;

export const TurnChanged = v.object({
  turn: TurnShape,
});
export type TurnChanged = v.InferOutput<typeof TurnChanged>;

export const Thought = v.object({
  turn_id: v.string(),
  fence: v.number(),
  index: v.number(),
  text: v.string(),
});
export type Thought = v.InferOutput<typeof Thought>;

export const TurnProgress = v.object({
  thoughts: v.array(Thought),
});
export type TurnProgress = v.InferOutput<typeof TurnProgress>;

export const BudgetChanged = v.object({
  budget: BudgetAlertShape,
});
export type BudgetChanged = v.InferOutput<typeof BudgetChanged>;

export const Snapshot = v.object({
  epoch: v.string(),
  head_seq: v.number(),
  room: RoomShape,
  you: YouShape,
  participants: v.array(ParticipantShape),
  messages: v.array(MessageShape),
  has_older: v.boolean(),
  polls: v.array(PollShape),
  ballots: v.array(BallotShape),
  memory: v.array(MemoryMark),
  runs: v.array(RunShape),
  hands: v.array(HandShape),
  turns: v.array(TurnShape),
  budgets: v.array(BudgetAlertShape),
});
export type Snapshot = v.InferOutput<typeof Snapshot>;

/** What `data` is, by the envelope's `type`. */
export const EVENTS = {
  'room.changed': RoomChanged,
  'participant.changed': ParticipantChanged,
  'message.posted': MessagePosted,
  'message.finished': MessageFinished,
  'message.resumed': MessageResumed,
  'message.deltas': MessageDeltas,
  'typing.changed': TypingChanged,
  'presence.changed': PresenceChanged,
  'hello': Hello,
  'heartbeat': Heartbeat,
  'reconnect': Reconnect,
  'command.ok': CommandOk,
  'command.error': CommandError,
  'poll.changed': PollChanged,
  'memory.changed': MemoryChanged,
  'run.changed': RunChanged,
  'hand.changed': HandChanged,
  'turn.changed': TurnChanged,
  'turn.progress': TurnProgress,
  'budget.changed': BudgetChanged,
};
export type EventType = keyof typeof EVENTS;
export type EventDataOf<T extends EventType> = v.InferOutput<(typeof EVENTS)[T]>;

const HEAD = { seq: v.nullable(v.number()), at: v.string() };

/** A frame whose type is known, with its data. */
export const KnownEvent = v.variant('type', [
  v.object({ ...HEAD, type: v.literal('room.changed'), data: RoomChanged }),
  v.object({ ...HEAD, type: v.literal('participant.changed'), data: ParticipantChanged }),
  v.object({ ...HEAD, type: v.literal('message.posted'), data: MessagePosted }),
  v.object({ ...HEAD, type: v.literal('message.finished'), data: MessageFinished }),
  v.object({ ...HEAD, type: v.literal('message.resumed'), data: MessageResumed }),
  v.object({ ...HEAD, type: v.literal('message.deltas'), data: MessageDeltas }),
  v.object({ ...HEAD, type: v.literal('typing.changed'), data: TypingChanged }),
  v.object({ ...HEAD, type: v.literal('presence.changed'), data: PresenceChanged }),
  v.object({ ...HEAD, type: v.literal('hello'), data: Hello }),
  v.object({ ...HEAD, type: v.literal('heartbeat'), data: Heartbeat }),
  v.object({ ...HEAD, type: v.literal('reconnect'), data: Reconnect }),
  v.object({ ...HEAD, type: v.literal('command.ok'), data: CommandOk }),
  v.object({ ...HEAD, type: v.literal('command.error'), data: CommandError }),
  v.object({ ...HEAD, type: v.literal('poll.changed'), data: PollChanged }),
  v.object({ ...HEAD, type: v.literal('memory.changed'), data: MemoryChanged }),
  v.object({ ...HEAD, type: v.literal('run.changed'), data: RunChanged }),
  v.object({ ...HEAD, type: v.literal('hand.changed'), data: HandChanged }),
  v.object({ ...HEAD, type: v.literal('turn.changed'), data: TurnChanged }),
  v.object({ ...HEAD, type: v.literal('turn.progress'), data: TurnProgress }),
  v.object({ ...HEAD, type: v.literal('budget.changed'), data: BudgetChanged }),
  v.object({ ...HEAD, type: v.literal('snapshot'), data: Snapshot }),
]);
export type KnownEvent = v.InferOutput<typeof KnownEvent>;

export type PostMessage = {
  text: string;
  reply_to_id?: string | null;
  is_quiet?: boolean;
};

export type RenameRoom = {
  name: string;
};

export type ChangeRoom = {
  name?: string | null;
  description?: string | null;
  visibility?: 'public' | 'link' | 'private' | null;
  default_model?: string | null;
  fallback_models?: readonly (string)[] | null;
  wake_policy?: 'silent' | 'reply_only' | 'router' | null;
  hands?: 'people' | 'policy' | null;
  memory_tokens?: number | null;
};

export type SetRoomLimits = {
  chain_depth?: number | null;
  chain_turns?: number | null;
  chain_tokens?: number | null;
  chain_usd?: number | null;
  day_usd?: number | null;
  person_day_usd?: number | null;
};

export type ArchiveRoom = Record<string, never>;

export type RestoreRoom = Record<string, never>;

export type RenewInvite = Record<string, never>;

export type RenameSelf = {
  name?: string | null;
  title?: string | null;
};

export type LeaveRoom = Record<string, never>;

export type RemoveParticipant = {
  participant_id: string;
  ban?: boolean;
};

export type SetRole = {
  participant_id: string;
  role: 'owner' | 'moderator' | 'member' | 'viewer';
};

export type AddPersona = {
  persona_id?: string | null;
  name?: string | null;
  title?: string;
  description?: string;
  prompt?: string;
  model?: string;
  fallbacks?: readonly (string)[];
  avatar?: string;
  style?: 'conversational' | 'detailed' | 'bullet';
};

export type EditPersona = {
  participant_id: string;
  name?: string | null;
  title?: string | null;
  description?: string | null;
  prompt?: string | null;
  model?: string | null;
  fallbacks?: readonly (string)[] | null;
  avatar?: string | null;
  style?: 'conversational' | 'detailed' | 'bullet' | null;
};

export type MutePersona = {
  participant_id: string;
  is_muted?: boolean;
};

export type CreatePoll = {
  question: string;
  options: readonly (string)[];
  is_multiple?: boolean;
  is_anonymous?: boolean;
  is_sealed?: boolean;
  persona_voting?: 'none' | 'may' | 'must';
  closes_in_seconds?: number | null;
};

export type CastVote = {
  poll_id: string;
  choices: readonly (number)[];
  reason?: string;
};

export type RetractVote = {
  poll_id: string;
};

export type ClosePoll = {
  poll_id: string;
};

export type StopTurn = {
  turn_id: string;
};

export type StopAllTurns = Record<string, never>;

export type RetryTurn = {
  turn_id: string;
};

export type ContinueTurn = {
  turn_id: string;
};

export type SpeakNow = {
  participant_id: string;
};

export type GrantChain = {
  turn_id: string;
};

export type AddMemoryLine = {
  text: string;
  cites?: readonly (string)[];
};

export type EditMemoryLine = {
  line_id: string;
  text: string;
};

export type RemoveMemoryLine = {
  line_id: string;
};

export type Appointment = {
  office: 'judge' | 'leader' | 'chair';
  participant_id: string;
};

export type StartRun = {
  mode: string;
  cast_ids?: readonly (string)[];
  people_ids?: readonly (string)[];
  offices?: readonly (Appointment)[];
  rounds?: number;
  choices?: readonly (string)[];
  quorum?: number;
  max_turns?: number;
  max_usd?: number;
  max_seconds?: number;
  stop?: Record<string, unknown> | null;
  goal: string;
};

export type PauseRun = {
  run_id: string;
};

export type ResumeRun = {
  text?: string;
  run_id: string;
};

export type SkipRun = {
  participant_id?: string | null;
  run_id: string;
};

export type AnswerRun = {
  text?: string;
  choice?: string;
  confidence?: number | null;
  ranking?: readonly (string)[];
  run_id: string;
};

export type StopRun = {
  run_id: string;
};

export type EditOutcome = {
  decision?: string | null;
  questions?: readonly (string)[] | null;
  tasks?: readonly (string)[] | null;
  run_id: string;
};

export type PinOutcome = {
  is_pinned: boolean;
  run_id: string;
};

export type GrantHand = {
  hand_id: string;
};

export type LowerHand = {
  hand_id: string;
};

/** What to send as `data`, by the command's `type`. */
export interface Commands {
  'message.post': PostMessage;
  'room.rename': RenameRoom;
  'room.change': ChangeRoom;
  'room.set_limits': SetRoomLimits;
  'room.archive': ArchiveRoom;
  'room.restore': RestoreRoom;
  'room.renew_invite': RenewInvite;
  'participant.rename': RenameSelf;
  'participant.leave': LeaveRoom;
  'participant.remove': RemoveParticipant;
  'participant.set_role': SetRole;
  'persona.add': AddPersona;
  'persona.edit': EditPersona;
  'persona.mute': MutePersona;
  'poll.create': CreatePoll;
  'poll.vote': CastVote;
  'poll.retract': RetractVote;
  'poll.close': ClosePoll;
  'turn.stop': StopTurn;
  'turn.stop_all': StopAllTurns;
  'turn.retry': RetryTurn;
  'turn.continue': ContinueTurn;
  'turn.speak': SpeakNow;
  'chain.grant': GrantChain;
  'memory.add_line': AddMemoryLine;
  'memory.edit_line': EditMemoryLine;
  'memory.remove_line': RemoveMemoryLine;
  'run.start': StartRun;
  'run.pause': PauseRun;
  'run.resume': ResumeRun;
  'run.skip': SkipRun;
  'run.answer': AnswerRun;
  'run.stop': StopRun;
  'run.edit_outcome': EditOutcome;
  'run.pin_outcome': PinOutcome;
  'hand.grant': GrantHand;
  'hand.lower': LowerHand;
}
export type CommandType = keyof Commands;
