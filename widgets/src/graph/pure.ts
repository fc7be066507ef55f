// Components that are drawn again only when one of their props is another.
import { Component, type ComponentType, h } from "preact";

export function pure<P extends object>(Inner: ComponentType<P>): ComponentType<P> {
  return class Pure extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now: Record<string, unknown> = { ...this.props };
      const then: Record<string, unknown> = { ...next };
      const names = Object.keys({ ...now, ...then });
      return names.some((name) => now[name] !== then[name]);
    }

    override render() {
      return h(Inner, this.props);
    }
  };
}
