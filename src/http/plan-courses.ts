/** Plans that are being made without their callers, by id, and those whose making ended lately. */
import { LRUCache } from 'lru-cache';
import { type CourseStart, type PlanCourse, startCourse } from './plan-course.ts';
import { ProblemError } from './problem.ts';

export interface PlanCourses {
  /** The course of this id that runs, or a new one. Its deadline bounds it; nobody has to wait for it. */
  begin(start: Omit<CourseStart, 'timeoutMs'>): { readonly course: PlanCourse; readonly joined: boolean };
  /** One that runs or ended within the last minutes. */
  find(id: string): PlanCourse | undefined;
  /** False once the service stops: what is begun then would have nobody to ask about it. */
  isOpen(): boolean;
  /** Takes a listener's place; returns what gives it back. @throws ProblemError where all are taken. */
  listen(): () => void;
  /** Begins no more, and resolves once all that run are over. */
  drain(): Promise<void>;
  load(): { readonly running: number; readonly listeners: number };
}

export interface PlanCoursesOptions {
  readonly timeoutMs: number;
  readonly maxListeners: number;
}

/** Who asks later is told by the store; a failure is remembered here alone, at some 2 KB each. */
const REMEMBERED = 1_000;
const REMEMBERED_MS = 600_000;

/** As the service is set up unless its environment says otherwise. */
export const usualCourses: PlanCoursesOptions = { timeoutMs: 60_000, maxListeners: 1_000 };

export function createPlanCourses({ timeoutMs, maxListeners }: PlanCoursesOptions = usualCourses): PlanCourses {
  const running = new Map<string, PlanCourse>();
  const ended = new LRUCache<string, PlanCourse>({ max: REMEMBERED, ttl: REMEMBERED_MS });
  let listeners = 0;
  let open = true;

  return {
    begin(start) {
      const known = running.get(start.id);
      if (known) return { course: known, joined: true };
      const course = startCourse({ ...start, timeoutMs });
      running.set(start.id, course);
      const land = () => {
        running.delete(start.id);
        ended.set(start.id, course);
      };
      course.result.then(land, land);
      return { course, joined: false };
    },
    find: (id) => running.get(id) ?? ended.get(id),
    isOpen: () => open,
    listen() {
      if (listeners >= maxListeners)
        throw new ProblemError('too-many-listeners', `${maxListeners} callers listen for events already.`, {
          headers: { 'retry-after': '5' },
        });
      listeners += 1;
      let held = true;
      return () => {
        if (held) listeners -= 1;
        held = false;
      };
    },
    async drain() {
      open = false;
      await Promise.allSettled([...running.values()].map(({ result }) => result));
    },
    load: () => ({ running: running.size, listeners }),
  };
}
