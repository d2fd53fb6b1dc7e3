/** Executes one command line, command by command: ITU-T V.250 §5.6. */
import { type Command, nextCommand } from '../../wire/at/command-line.ts';
import { type Answer, cmeError, done, REFUSED } from './answer.ts';
import type { CommandSet, ExtendedCommand } from './command-set.ts';
import { fixedAnswer } from './fixed-answers.ts';
import type { ModuleContext } from './module-context.ts';
import type { Output } from './output.ts';

/**
 * @returns the answer of the last command that was executed: the first that is not done ends the line, and
 * what was done before it stays done
 */
export function executeLine(
  body: string,
  module: ModuleContext,
  commands: CommandSet,
  output: Output,
): Answer {
  let from = 0;
  for (;;) {
    const next = nextCommand(body, from);
    if (next.found === 'end') {
      return done();
    }
    if (next.found === 'malformed') {
      return REFUSED;
    }
    const answer =
      fixedAnswer(body.slice(from, next.end), module, output) ?? execute(next.command, module, commands);
    if (answer.outcome !== 'done') {
      return answer;
    }
    for (const line of answer.information) {
      output.information(line);
    }
    from = next.end;
  }
}

function execute(command: Command, module: ModuleContext, commands: CommandSet): Answer {
  const { settings } = module;
  switch (command.kind) {
    case 'basic': {
      const action = commands.basic.get(command.name);
      const number = command.number ?? 0;
      if (action !== undefined) {
        return number > action.highest ? REFUSED : action.execute(module, number);
      }
      return settings.setBasic(command.name, number) ? done() : REFUSED;
    }
    case 'register-read':
      return settings.registers.has(command.register)
        ? done(String(settings.register(command.register)).padStart(3, '0'))
        : REFUSED;
    case 'register-write':
      return settings.setRegister(command.register, command.value) ? done() : REFUSED;
    case 'dial':
      return module.dial(command.text, command.semicolon);
    case 'extended': {
      const extended = commands.extended.get(command.name);
      return extended === undefined ? unknown(module) : executeExtended(command, extended, module);
    }
  }
}

/** 27.007 §9.2.1, 4: operation not supported. */
function unknown({ profile }: ModuleContext): Answer {
  return profile.unknownCommand === 'ERROR' ? REFUSED : cmeError(4);
}

function executeExtended(
  command: Extract<Command, { kind: 'extended' }>,
  extended: ExtendedCommand,
  module: ModuleContext,
): Answer {
  switch (command.form) {
    case 'execute':
      return extended.execute?.(module) ?? unknown(module);
    case 'read':
      return extended.read?.(module) ?? unknown(module);
    case 'set':
      return extended.set?.(module, command.values) ?? unknown(module);
    case 'test': {
      const text = typeof extended.test === 'function' ? extended.test(module) : extended.test;
      return text === undefined ? done() : done(text);
    }
  }
}
