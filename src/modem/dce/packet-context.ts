/** What a module knows of a packet context: 27.007 §10.1. */

/** A packet context of 27.007 §10.1. */
export interface PacketContext {
  readonly pdpType: string;
  readonly apn: string;
  readonly isActive: boolean;
}

/** What +CGAUTH or +QICSGP set; the password never leaves the module but to the network. */
export interface Authentication {
  readonly type: number;
  readonly user: string;
  readonly password: string;
}
