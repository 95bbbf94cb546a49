// What this page does otherwise than Swagger UI: no servers and no dialogs, since there is one server and one way to
// sign in, and a line for each possible answer, which opens.

/** @typedef {any} Component React's, which the library brings along and has no types for. */

/** The plug-in that the library is started with; its layout is `Reference`. @param {any} system */
export const calm = ({ React }) => {
  const create = React.createElement;

  /** @param {{ getComponent: (name: string, isContainer: boolean) => Component }} props */
  const Reference = ({ getComponent }) =>
    create(
      'div',
      { className: 'swagger-ui' },
      ...['InfoContainer', 'errors', 'operations', 'Models'].map((name) => create(getComponent(name, true))),
    );

  /** @param {{ isAuthorized: boolean }} props */
  const TokenMark = ({ isAuthorized }) =>
    create('span', { className: isAuthorized ? 'token given' : 'token' }, isAuthorized ? 'signed in' : 'needs sign-in');

  /** A success stands open; of the rest a line says what it is. @param {Component} Original */
  const briefly = (Original) => (/** @type {any} */ props) => {
    const { code, response, getComponent } = props;
    const [isOpen, setOpen] = React.useState(code.startsWith('2'));
    const hasMore = Boolean(response.get('content') ?? response.get('headers'));
    const toggle = { type: 'button', 'aria-expanded': isOpen, onClick: () => setOpen(!isOpen) };
    return create(
      React.Fragment,
      null,
      create(
        'tr',
        { className: 'response-line' },
        create('td', { className: 'response-col_status' }, code),
        create('td', null, create(getComponent('Markdown', true), { source: response.get('description') })),
        create('td', null, hasMore && create('button', toggle, isOpen ? 'Less' : 'More')),
      ),
      hasMore && isOpen && create(Original, props),
    );
  };

  /** A field of a form that is left empty is not sent, unless somebody says so. @param {Component} Original */
  const leftOut = (Original) => (/** @type {{ isIncludedOptions: object }} */ props) =>
    create(Original, { ...props, isIncludedOptions: { ...props.isIncludedOptions, defaultValue: false } });

  /** A link within a button is neither; the list in the margin has the links. @param {{ text: unknown }} props */
  const Words = ({ text }) => create('span', null, text);

  return {
    components: { Reference },
    wrapComponents: {
      authorizeOperationBtn: () => TokenMark,
      DeepLink: () => Words,
      response: briefly,
      ParameterIncludeEmpty: leftOut,
    },
  };
};
