/** The calls that the screens make. */
import {
  EventPage,
  GivenShape,
  Invite,
  MessagePage,
  MessageShape,
  ModelList,
  ModeList,
  MyTurnShape,
  OutcomeDocument,
  PersonaList,
  PersonaSetup,
  PollDetails,
  PresetList,
  RoomMade,
  RoomMemoryShape,
  RoomPage,
  RunAdvice,
  RunEstimate,
  RunProposal,
  RunShape,
  SearchPage,
  Session,
  Snapshot,
  Thought,
  UsageReport,
  WakesShape,
  type RoomCard,
  type StartRun,
} from '../protocol/generated';
import { getJson, postJson, setCsrfToken } from './http';

/** Which rooms of the lobby: all, one's own, or one's archived ones. */
export type RoomsView = 'all' | 'mine' | 'archived';

export interface NewRoom {
  readonly command_id: string;
  readonly name: string;
  readonly description: string;
  readonly visibility: RoomCard['visibility'];
  readonly persona_ids: readonly string[];
  /** A slug; blank for none. */
  readonly preset: string;
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
  personas: async () => (await getJson('/api/personas/', PersonaList)).results,
  presets: async () => (await getJson('/api/presets/', PresetList)).results,
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
  /** What a turn's model was given to read, at its last attempt or at `attempt`. */
  given: (roomId: string, turnId: string, attempt: number | null) =>
    getJson(
      `/api/rooms/${part(roomId)}/turns/${part(turnId)}/given/${attempt === null ? '' : `?attempt=${attempt}`}`,
      GivenShape,
    ),
  thinking: (roomId: string, turnId: string) =>
    getJson(`/api/rooms/${part(roomId)}/turns/${part(turnId)}/thinking/`, Thought),
  poll: (roomId: string, pollId: string) =>
    getJson(`/api/rooms/${part(roomId)}/polls/${part(pollId)}/`, PollDetails),
  wakes: (roomId: string, messageId: string) =>
    getJson(`/api/rooms/${part(roomId)}/messages/${part(messageId)}/wakes/`, WakesShape),
  memory: (roomId: string) => getJson(`/api/rooms/${part(roomId)}/memory/`, RoomMemoryShape),
  searchMessages: (roomId: string, words: string) =>
    getJson(`/api/rooms/${part(roomId)}/search/?q=${part(words)}&limit=20`, SearchPage),
  /** `next` is what a page of results names. */
  moreFound: (next: string) => getJson(next, SearchPage),
  modes: async () => (await getJson('/api/modes/', ModeList)).results,
  /** What a run is likely to take; rejects where it could not be started as it is. */
  runEstimate: (roomId: string, spec: Omit<StartRun, 'goal'>) =>
    postJson(`/api/rooms/${part(roomId)}/runs/estimate/`, spec, RunEstimate),
  /** The run that the room was made for, while nothing was said. */
  runProposal: (roomId: string) => getJson(`/api/rooms/${part(roomId)}/proposal/`, RunProposal),
  startRun: (roomId: string, run: StartRun) => postJson(`/api/rooms/${part(roomId)}/runs/`, run, RunShape),
  /** What more voices are likely to bring, going by the room's past votes. */
  runAdvice: (roomId: string, spec: Omit<StartRun, 'goal'>) =>
    postJson(`/api/rooms/${part(roomId)}/runs/advice/`, spec, RunAdvice),
  /** What a run asks of you now, and what you are shown for it. */
  myTurn: (roomId: string, runId: string) =>
    getJson(`/api/rooms/${part(roomId)}/runs/${part(runId)}/mine/`, MyTurnShape),
  outcome: async (roomId: string, runId: string) =>
    (await getJson(`/api/rooms/${part(roomId)}/runs/${part(runId)}/outcome/`, OutcomeDocument)).markdown,
  /** `from` is a day, blank for all that was ever used. */
  usage: (roomId: string, from: string) =>
    getJson(`/api/rooms/${part(roomId)}/usage/?by=persona,model,person&from=${from}`, UsageReport),
  missedEvents: (roomId: string, after: number) =>
    getJson(`/api/rooms/${part(roomId)}/events/?after=${after}`, EventPage),
};
