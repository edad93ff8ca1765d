"""How many examples a property test tries: few and always the same ones every day, all with --thorough.

The everyday run finds what breaks at once; `test --thorough` is for a change of what the property is about,
and before a release. Tests whose examples are cheap need none of this: they follow the profile.
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

    A database stays the same for all examples: what one wrote, the test takes back.
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
