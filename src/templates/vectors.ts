import { must, wipe, type Id } from "../core/index.ts";

const FIRST_CAPACITY = 64;

/**
 * Turned templates in one block of memory. Each belongs to a person's slot; slots of people who are gone are used
 * again. What is removed is overwritten.
 */
export class Vectors {
  readonly dimension: number;
  /** Rises with each change, so that what was derived from the slots is known to be out of date. */
  generation = 0;
  #data: Float32Array;
  /** The slot of the person, by position of the template. */
  #slotOf: Int32Array;
  #templates: Id[] = [];
  readonly #positions = new Map<Id, number>();
  readonly #slots = new Map<Id, number>();
  readonly #counts = new Map<Id, number>();
  #persons: (Id | undefined)[] = [];
  #free: number[] = [];

  constructor(dimension: number) {
    this.dimension = dimension;
    this.#data = new Float32Array(FIRST_CAPACITY * dimension);
    this.#slotOf = new Int32Array(FIRST_CAPACITY);
  }

  get templates(): number {
    return this.#templates.length;
  }

  get people(): number {
    return this.#slots.size;
  }

  /** One more than the highest slot in use. */
  get slots(): number {
    return this.#persons.length;
  }

  has(template: Id): boolean {
    return this.#positions.has(template);
  }

  /** As they are now; removing while going through them is safe. */
  templateIds(): readonly Id[] {
    return [...this.#templates];
  }

  personAt(slot: number): Id | undefined {
    return this.#persons[slot];
  }

  slotOf(person: Id): number | undefined {
    return this.#slots.get(person);
  }

  add(template: Id, person: Id, vector: Float32Array): void {
    if (this.#positions.has(template)) return;
    const at = this.#templates.length;
    if ((at + 1) * this.dimension > this.#data.length) this.#grow();
    this.#data.set(vector, at * this.dimension);
    let slot = this.#slots.get(person);
    if (slot === undefined) {
      slot = this.#free.pop() ?? this.#persons.length;
      this.#persons[slot] = person;
      this.#slots.set(person, slot);
    }
    this.#slotOf[at] = slot;
    this.#templates.push(template);
    this.#positions.set(template, at);
    this.#counts.set(person, (this.#counts.get(person) ?? 0) + 1);
    this.generation++;
  }

  /** The last template takes the place of the one removed, and the last place is overwritten. */
  remove(template: Id): void {
    const at = this.#positions.get(template);
    if (at === undefined) return;
    const { dimension } = this;
    const slot = must(this.#slotOf[at], "the slot of a template");
    const person = must(this.#persons[slot], "the person of a slot");
    const last = this.#templates.length - 1;
    const moved = must(this.#templates[last], "the last template");
    this.#data.copyWithin(at * dimension, last * dimension, (last + 1) * dimension);
    this.#data.fill(0, last * dimension, (last + 1) * dimension);
    this.#slotOf[at] = this.#slotOf[last] ?? 0;
    this.#templates[at] = moved;
    this.#positions.set(moved, at);
    this.#templates.pop();
    this.#positions.delete(template);
    const left = (this.#counts.get(person) ?? 1) - 1;
    if (left > 0) this.#counts.set(person, left);
    else {
      this.#counts.delete(person);
      this.#slots.delete(person);
      this.#persons[slot] = undefined;
      this.#free.push(slot);
    }
    this.generation++;
  }

  removePerson(person: Id): void {
    const slot = this.#slots.get(person);
    if (slot === undefined) return;
    const theirs = this.#templates.filter((_, at) => this.#slotOf[at] === slot);
    for (const template of theirs) this.remove(template);
  }

  /** Overwrites everything. */
  clear(): void {
    wipe(this.#data);
    this.#templates = [];
    this.#persons = [];
    this.#free = [];
    this.#positions.clear();
    this.#slots.clear();
    this.#counts.clear();
    this.generation++;
  }

  /**
   * The best dot product of each slot with the probe, into `best` (length `slots`; untouched where `allowed` is 0). An
   * exact scan of all templates: nothing is approximated. Four sums, because one would wait for itself at each step.
   */
  scan(probe: Float32Array, allowed: Uint8Array, best: Float32Array): void {
    const data = this.#data;
    const slotOf = this.#slotOf;
    const n = this.#templates.length;
    const { dimension } = this;
    const even = dimension - (dimension % 4);
    for (let t = 0, at = 0; t < n; t++, at += dimension) {
      const slot = slotOf[t] as number;
      if (allowed[slot] === 0) continue;
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let i = 0; i < even; i += 4) {
        a += (data[at + i] as number) * (probe[i] as number);
        b += (data[at + i + 1] as number) * (probe[i + 1] as number);
        c += (data[at + i + 2] as number) * (probe[i + 2] as number);
        d += (data[at + i + 3] as number) * (probe[i + 3] as number);
      }
      for (let i = even; i < dimension; i++) a += (data[at + i] as number) * (probe[i] as number);
      const score = a + b + c + d;
      if (score > (best[slot] as number)) best[slot] = score;
    }
  }

  #grow(): void {
    const data = new Float32Array(this.#data.length * 2);
    data.set(this.#data);
    wipe(this.#data);
    this.#data = data;
    const slotOf = new Int32Array(this.#slotOf.length * 2);
    slotOf.set(this.#slotOf);
    this.#slotOf = slotOf;
  }
}
