/** The calls that the screens make. */
import * as v from 'valibot';
import {
  EventPage,
  Invite,
  MessagePage,
  MessageShape,
  Preset,
  RoomMade,
  RoomPage,
  Session,
  Snapshot,
  Thought,
  type RoomCard,
} from '../protocol/generated';
import { getJson, postJson, setCsrfToken } from './http';

export type { Face, Invite, Preset, RoomCard, RoomPage, Session } from '../protocol/generated';

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

/** Which rooms of the lobby: all, one's own, or one's archived ones. */
export type RoomsView = 'all' | 'mine' | 'archived';

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
const ROOMS: Record<RoomsView, Record<string, string>> = {
  all: {},
  mine: { member: '1' },
  archived: { archived: '1' },
};

export const api = {
  session: async () => keepToken(await getJson('/api/session/', Session)),
  becomeGuest: async (name: string) => keepToken(await postJson('/api/guest/', { name }, Session)),
  personas: async () => (await getJson('/api/personas/', v.object({ results: v.array(Persona) }))).results,
  presets: async () => (await getJson('/api/presets/', v.object({ results: v.array(Preset) }))).results,
  rooms: (view: RoomsView, text: string) =>
    getJson(`/api/rooms/?${new URLSearchParams({ ...ROOMS[view], q: text })}`, RoomPage),
  /** `next` is what a page of rooms names. */
  moreRooms: (next: string) => getJson(next, RoomPage),
  createRoom: async (room: NewRoom) => (await postJson('/api/rooms/', room, RoomMade)).room_id,
  invite: (token: string) => getJson(`/api/invites/${part(token)}/`, Invite),
  joinByInvite: async (token: string, joining: Joining) =>
    (await postJson(`/api/invites/${part(token)}/join/`, joining, RoomMade)).room_id,
  joinPublic: async (roomId: string, joining: Joining) =>
    (await postJson(`/api/rooms/${part(roomId)}/join/`, joining, RoomMade)).room_id,
  models: (words: string) => getJson(`/api/models/?q=${part(words)}`, ModelList),
  personaSetup: (roomId: string, participantId: string) =>
    getJson(`/api/rooms/${part(roomId)}/participants/${part(participantId)}/`, PersonaSetup),
  snapshot: (roomId: string) => getJson(`/api/rooms/${part(roomId)}/`, Snapshot),
  olderMessages: (roomId: string, before: number, limit: number) =>
    getJson(`/api/rooms/${part(roomId)}/messages/?before=${before}&limit=${limit}`, MessagePage),
  message: (roomId: string, messageId: string) =>
    getJson(`/api/rooms/${part(roomId)}/messages/${part(messageId)}/`, MessageShape),
  thinking: (roomId: string, turnId: string) =>
    getJson(`/api/rooms/${part(roomId)}/turns/${part(turnId)}/thinking/`, Thought),
  missedEvents: (roomId: string, after: number) =>
    getJson(`/api/rooms/${part(roomId)}/events/?after=${after}`, EventPage),
};
