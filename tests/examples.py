"""The number of examples of a property test: few and always the same, or more with --thorough.

`test --thorough` is for changes of what a property is about, and before a release. Tests with cheap examples
need no settings of their own: they follow the profile.
"""

from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, settings

EVERYDAY, THOROUGH, SEARCH = "everyday", "thorough", "search"


def register() -> None:
    settings.register_profile(EVERYDAY, deadline=None, derandomize=True)
    settings.register_profile(THOROUGH, deadline=None, derandomize=True)
    settings.register_profile(SEARCH, deadline=None, print_blob=True)
    settings.load_profile(EVERYDAY)


def examples(
    everyday: int, thorough: int, *, steps: tuple[int, int] = (50, 50), shrinks: bool = True
) -> settings:
    """Settings of a test whose examples take long; `steps` are those of a state machine, in the same order.

    All examples share a database: the test rolls back what each wrote.
    """
    is_everyday = settings.get_current_profile_name() == EVERYDAY
    phases: Sequence[Phase] = list(Phase) if shrinks else (Phase.explicit, Phase.generate)
    return settings(
        max_examples=everyday if is_everyday else thorough,
        stateful_step_count=steps[0] if is_everyday else steps[1],
        phases=phases,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
