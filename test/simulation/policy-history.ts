// Which appendfsync was in force when: a reply promises what the weakest one promises of all those
// between the moment its command ran and the moment it arrived. Invariant: `current` is what the
// server was last told, by its configuration or by CONFIG SET.

export const POLICIES = ['no', 'everysec', 'always'] as const;
export type Policy = (typeof POLICIES)[number];

interface Change {
  /** As `Op.execution`: of the command that set it. */
  readonly execution: number;
  readonly policy: Policy;
}

export class PolicyHistory {
  private changes: Change[] = [{ execution: 0, policy: 'everysec' }];

  get current(): Policy {
    return this.changes[this.changes.length - 1].policy;
  }

  /** @param execution how many commands have run, the one that sets it included */
  set(policy: Policy, execution: number): void {
    this.changes.push({ execution, policy });
  }

  /** Only commands that run from now on are asked about. */
  restarted(): void {
    this.changes = this.changes.slice(-1);
  }

  /** @returns the weakest policy since command `execution` ran, up to now */
  weakestSince(execution: number): Policy {
    let weakest: Policy = 'always';
    for (let i = this.changes.length - 1; i >= 0; i--) {
      const change = this.changes[i];
      if (POLICIES.indexOf(change.policy) < POLICIES.indexOf(weakest)) weakest = change.policy;
      if (change.execution < execution) break;
    }
    return weakest;
  }
}
