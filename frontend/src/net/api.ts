/** The calls that the screens make. */
import * as v from 'valibot';
import { Envelope, MessageShape, Snapshot, TurnShape } from '../protocol/generated';
import { getJson, postJson, setCsrfToken } from './http';

const Session = v.object({
  kind: v.picklist(['anonymous', 'guest', 'user']),
  name: v.nullable(v.string()),
  is_staff: v.boolean(),
  csrf_token: v.string(),
  build: v.string(),
  is_demo: v.boolean(),
});
export type Session = v.InferOutput<typeof Session>;

const Face = v.object({
  name: v.string(),
  kind: v.picklist(['human', 'persona']),
  avatar: v.string(),
  color: v.number(),
});
export type Face = v.InferOutput<typeof Face>;

const Persona = v.object({
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

const Preset = v.object({
  slug: v.string(),
  name: v.string(),
  description: v.string(),
  room_name: v.string(),
  room_description: v.string(),
  visibility: v.picklist(['public', 'link', 'private']),
  persona_ids: v.array(v.string()),
});
export type Preset = v.InferOutput<typeof Preset>;

const Model = v.object({
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
/** Null is unknown; prices are US dollars per million tokens, and null is unpriced, not free. */
export type Model = v.InferOutput<typeof Model>;

const ModelList = v.object({
  results: v.array(Model),
  total: v.number(),
  default: v.nullable(v.string()),
});
export type ModelList = v.InferOutput<typeof ModelList>;

const PersonaSetup = v.object({
  participant_id: v.string(),
  prompt: v.string(),
  model: v.string(),
  style: v.picklist(['conversational', 'detailed', 'bullet']),
});
export type PersonaSetup = v.InferOutput<typeof PersonaSetup>;

const RoomCard = v.object({
  id: v.string(),
  name: v.string(),
  description: v.string(),
  visibility: v.picklist(['public', 'link', 'private']),
  is_member: v.boolean(),
  last_activity_at: v.string(),
  participants: v.array(Face),
});
export type RoomCard = v.InferOutput<typeof RoomCard>;

const Invite = v.object({
  room: v.object({ id: v.string(), name: v.string(), description: v.string() }),
  participants: v.array(Face),
  is_member: v.boolean(),
});
export type Invite = v.InferOutput<typeof Invite>;

const MessagePage = v.object({
  messages: v.array(MessageShape),
  has_older: v.boolean(),
  turns: v.array(TurnShape),
});
const MissedEvents = v.object({ events: v.array(Envelope), head_seq: v.number() });
const RoomId = v.object({ room_id: v.string() });

export interface NewRoom {
  readonly command_id: string;
  readonly name: string;
  readonly description: string;
  readonly visibility: RoomCard['visibility'];
  readonly persona_ids: readonly string[];
}

export interface Joining {
  readonly command_id: string;
  readonly name: string;
  readonly title: string;
}

function keepToken(session: Session): Session {
  setCsrfToken(session.csrf_token);
  return session;
}

const part = encodeURIComponent;

export const api = {
  session: async () => keepToken(await getJson('/api/session/', Session)),
  becomeGuest: async (name: string) => keepToken(await postJson('/api/guest/', { name }, Session)),
  personas: async () => (await getJson('/api/personas/', v.object({ results: v.array(Persona) }))).results,
  presets: async () => (await getJson('/api/presets/', v.object({ results: v.array(Preset) }))).results,
  rooms: async () => (await getJson('/api/rooms/', v.object({ results: v.array(RoomCard) }))).results,
  createRoom: async (room: NewRoom) => (await postJson('/api/rooms/', room, RoomId)).room_id,
  invite: (token: string) => getJson(`/api/invites/${part(token)}/`, Invite),
  joinByInvite: async (token: string, joining: Joining) =>
    (await postJson(`/api/invites/${part(token)}/join/`, joining, RoomId)).room_id,
  joinPublic: async (roomId: string, joining: Joining) =>
    (await postJson(`/api/rooms/${part(roomId)}/join/`, joining, RoomId)).room_id,
  models: (words: string) => getJson(`/api/models/?q=${part(words)}`, ModelList),
  personaSetup: (roomId: string, participantId: string) =>
    getJson(`/api/rooms/${part(roomId)}/participants/${part(participantId)}/`, PersonaSetup),
  snapshot: (roomId: string) => getJson(`/api/rooms/${part(roomId)}/`, Snapshot),
  olderMessages: (roomId: string, before: number, limit: number) =>
    getJson(`/api/rooms/${part(roomId)}/messages/?before=${before}&limit=${limit}`, MessagePage),
  message: (roomId: string, messageId: string) =>
    getJson(`/api/rooms/${part(roomId)}/messages/${part(messageId)}/`, MessageShape),
  missedEvents: (roomId: string, after: number) =>
    getJson(`/api/rooms/${part(roomId)}/events/?after=${after}`, MissedEvents),
};
